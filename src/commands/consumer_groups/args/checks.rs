//! The cross-checks of kafka-consumer-groups.sh, and those of options that it ignores.

use super::Args;
use super::java_error;
use crate::cli::excludes;
use crate::failure::Failure;

impl Args {
    fn actions(&self) -> [(&'static str, bool); 6] {
        [
            ("list", self.list),
            ("describe", self.describe),
            ("delete", self.delete),
            ("reset-offsets", self.reset_offsets),
            ("delete-offsets", self.delete_offsets),
            ("validate-regex", self.validate_regex.is_some()),
        ]
    }

    pub(super) fn scenarios(&self) -> [(&'static str, bool); 8] {
        [
            ("to-offset", self.to_offset.is_some()),
            ("to-datetime", self.to_datetime.is_some()),
            ("by-duration", self.by_duration.is_some()),
            ("to-earliest", self.to_earliest),
            ("to-latest", self.to_latest),
            ("to-current", self.to_current),
            ("shift-by", self.shift_by.is_some()),
            ("from-file", self.from_file.is_some()),
        ]
    }

    /// The checks in Java's order: of two mistakes, both tools complain about the same one.
    pub(super) fn check(&self) -> Result<(), Failure> {
        self.check_available()?;
        if self.validate_regex.is_none() && self.cluster.servers().is_none() {
            return Err(Failure::usage("Missing required argument \"[bootstrap-server]\""));
        }
        let has_groups = !self.group.is_empty() || self.all_groups;
        self.check_describe(has_groups)?;
        if self.delete && !has_groups {
            return Err(needs_groups("delete"));
        }
        if self.delete && !self.topic.is_empty() {
            return Err(Failure::usage("The consumer does not support topic-specific offset deletion from a consumer group.")
                .hinted("--delete-offsets deletes the offsets for some topics"));
        }
        if self.delete_offsets && (self.group.is_empty() || self.topic.is_empty()) {
            return Err(Failure::usage("Option [delete-offsets] takes the following options: [group], [topic]"));
        }
        if self.reset_offsets {
            self.check_reset(has_groups)?;
        }
        let clashes =
            [("group", !self.group.is_empty(), "all-groups", self.all_groups), ("group", !self.group.is_empty(), "list", self.list)];
        let topic = !self.topic.is_empty();
        let clashes = clashes.into_iter().chain([("topic", topic, "list", self.list), ("topic", topic, "describe", self.describe)]);
        for (option, given, other, other_given) in clashes {
            if given && other_given {
                return Err(excludes(option, other));
            }
        }
        let actions = self.actions();
        if actions.iter().filter(|(_, given)| *given).count() != 1 {
            let names: Vec<String> = actions.iter().map(|(name, _)| format!("--{name}")).collect();
            return Err(Failure::usage(format!("Command must include exactly one action: {}", names.join(", "))));
        }
        if self.delete_offsets && self.group.len() > 1 {
            return Err(Failure::usage("Found multiple arguments for option group, but you asked for only one").java_stdout(java_error));
        }
        self.check_dry_run()?;
        self.check_additions()
    }

    /// The options that the Java tool does not have.
    fn check_additions(&self) -> Result<(), Failure> {
        let looks = [("lag-only", self.lag_only), ("fail-if-lag-over", self.fail_if_lag_over.is_some()), ("watch", self.watch.is_some())];
        if let Some((option, _)) = looks.into_iter().find(|(_, given)| *given)
            && (!self.describe || self.members || self.state.is_some())
        {
            return Err(Failure::usage(format!("--{option} is about the offsets that --describe shows"))
                .hinted(format!("--describe --{option}, without --members and --state")));
        }
        let changes = self.delete || self.delete_offsets || self.reset_offsets && self.execute;
        if self.undo_file.is_some() && !changes {
            return Err(Failure::usage("--undo-file is for offsets that are about to be changed")
                .hinted("with --reset-offsets --execute, --delete-offsets or --delete"));
        }
        Ok(())
    }

    /// Options that mean something only beside another one.
    fn check_available(&self) -> Result<(), Failure> {
        let (describe, list) = (self.describe, self.list);
        let options = [
            ("members", self.members, describe),
            ("verbose", self.verbose, describe),
            ("offsets", self.offsets, describe),
            ("state", self.state.is_some(), describe || list),
            ("type", self.kind.is_some(), list),
        ];
        let stray: Vec<&str> = options.iter().filter(|(_, given, available)| *given && !available).map(|(name, ..)| *name).collect();
        if stray.is_empty() {
            return Ok(());
        }
        Err(Failure::usage(format!("Option(s) [{}] are unavailable given other options on the command line", stray.join(", "))))
    }

    fn check_describe(&self, has_groups: bool) -> Result<(), Failure> {
        if !self.describe {
            return Ok(());
        }
        if !has_groups {
            return Err(needs_groups("describe"));
        }
        let views = [self.members, self.offsets, self.state.is_some()];
        if views.iter().filter(|given| **given).count() > 1 {
            return Err(Failure::usage("Option [describe] takes at most one of these options: [members], [offsets], [state]"));
        }
        if self.state.as_ref().is_some_and(|states| !states.is_empty()) {
            return Err(Failure::usage("Option [describe] does not take a value for [state]"));
        }
        Ok(())
    }

    fn check_reset(&self, has_groups: bool) -> Result<(), Failure> {
        if self.dry_run && self.execute {
            return Err(Failure::usage("Option [reset-offsets] only accepts one of [execute] and [dry-run]"));
        }
        if !has_groups {
            return Err(needs_groups("reset-offsets"));
        }
        let scenarios = self.scenarios();
        let mut given = scenarios.iter().filter(|(_, given)| *given);
        if let (Some((first, _)), Some((second, _))) = (given.next(), given.next()) {
            return Err(excludes(first, second));
        }
        Ok(())
    }

    /// Java deletes for good here, without a word on the option.
    fn check_dry_run(&self) -> Result<(), Failure> {
        let deletions = [("delete", self.delete), ("delete-offsets", self.delete_offsets)];
        match deletions.iter().find(|(_, given)| *given && self.dry_run) {
            Some((action, _)) => Err(Failure::usage(format!("--{action} cannot be tried with --dry-run: it always deletes"))
                .hinted("leave --dry-run out to delete; --describe shows what there is")),
            None => Ok(()),
        }
    }

    /// Options that Java takes here without a word, and that have no effect.
    pub(super) fn idle(&self) -> Vec<String> {
        let Some((action, _)) = self.actions().into_iter().find(|(_, given)| *given) else { return Vec::new() };
        let (topic, group) = (!self.topic.is_empty(), !self.group.is_empty());
        if self.reset_offsets {
            let options = [
                ("topic", topic && self.all_topics && self.from_file.is_some(), "from-file"),
                ("all-topics", self.all_topics && self.from_file.is_some(), "from-file"),
                ("topic", topic && self.all_topics && self.from_file.is_none(), "all-topics"),
            ];
            let idle = options.iter().filter(|(_, idle, _)| *idle);
            let mut idle: Vec<String> = idle.map(|(option, _, other)| format!("--{option} has no effect with --{other}")).collect();
            if topic && self.from_file.is_some() && !self.all_topics {
                idle.push("--topic is only looked up with --from-file: the file says which partitions are reset".to_owned());
            }
            return idle;
        }
        let mut options = self.scenarios().to_vec();
        options.extend([
            ("all-topics", self.all_topics),
            ("execute", self.execute),
            ("export", self.export),
            ("dry-run", self.dry_run),
            ("all-groups", self.all_groups && (self.list || self.validate_regex.is_some())),
            ("group", group && self.validate_regex.is_some()),
            ("topic", topic && self.validate_regex.is_some()),
        ]);
        let idle = options.into_iter().filter(|(_, given)| *given);
        idle.map(|(option, _)| format!("--{option} has no effect with --{action}")).collect()
    }
}

fn needs_groups(action: &str) -> Failure {
    Failure::usage(format!("Option [{action}] takes one of these options: [group], [all-groups]"))
}
