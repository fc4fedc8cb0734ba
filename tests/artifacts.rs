//! Shell completions and man pages: generated from the definitions of the command lines, committed, and checked here.
//!
//! `BLESS=1 cargo test artifacts` rewrites them.

use std::fmt::Write as _;

use clap::Command;
use clap_complete::{Shell, generate};
use clap_mangen::Man;
use kafkabox::commands::APPLETS;
use kafkabox::multicall::BINARY;

use crate::support::blessing::{check, in_repository};
use crate::support::kafkabox::{LIMIT, bash};

#[test]
fn completions_are_up_to_date() {
    let files = [
        ("completions/kafkabox.bash", bash_file()),
        ("completions/_kafkabox", zsh_file()),
        ("completions/kafkabox.fish", fish_file()),
        ("completions/kafkabox.ps1", powershell_file()),
    ];
    check_all(&files.map(|(path, text)| (path.to_owned(), text)));
}

#[test]
fn man_pages_are_up_to_date() {
    let mut files = vec![(format!("man/{BINARY}.1"), page(suite()))];
    for applet in APPLETS {
        let name = format!("{BINARY}-{}", applet.name);
        let definition = applet.definition(&format!("{BINARY} {}", applet.name)).name(name.clone());
        files.push((format!("man/{name}.1"), page(definition)));
    }
    check_all(&files);
}

#[test]
fn bash_completes_the_binary_and_the_scripts() {
    let complete = |words: &[&str]| {
        let last = words.len() - 1;
        let line = format!(
            "source '{}'; COMP_WORDS=({}); COMP_CWORD={last}; \
             completer=$(complete -p {program} | sed 's/.*-F \\([^ ]*\\).*/\\1/'); \
             \"$completer\" {program} '{}' '{}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            in_repository("completions/kafkabox.bash").display(),
            words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" "),
            words[last],
            words[last - 1],
            program = words[0],
        );
        bash(&line, LIMIT).succeeded()
    };
    assert_eq!(complete(&["kafkabox", "top"]), "topics\n");
    assert_eq!(complete(&["kafkabox", "topics", "--boot"]), "--bootstrap-server\n");
    assert_eq!(complete(&["kafkabox", "topics", "--output", "js"]), "json\n");
    for script in ["kafka-topics.sh", "kafka-topics"] {
        assert_eq!(complete(&[script, "--under-r"]), "--under-replicated-partitions\n");
    }
}

fn check_all(files: &[(String, String)]) {
    let stale: Vec<String> = files.iter().filter_map(|(path, text)| check(path, text, "artifacts").err()).collect();
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}

/// The binary with all of its commands.
fn suite() -> Command {
    let mut suite = kafkabox::cli::applet(Command::new(BINARY)).about("The kafka-*.sh tools of Apache Kafka in one native binary");
    for applet in APPLETS {
        suite = suite.subcommand(applet.definition(&format!("{BINARY} {}", applet.name)).name(applet.name));
    }
    suite.subcommand_required(true)
}

/// Every Java script that is mirrored, without `.sh`, and its command line.
fn scripts() -> impl Iterator<Item = (String, Command)> {
    APPLETS.iter().filter_map(|applet| {
        let script = applet.script()?;
        let definition = applet.definition(&script);
        Some((script.trim_end_matches(".sh").to_owned(), definition))
    })
}

fn completion(shell: Shell, mut command: Command) -> String {
    let mut text = Vec::new();
    let name = command.get_name().to_owned();
    generate(shell, &mut command, name, &mut text);
    String::from_utf8(text).expect("completions are text")
}

fn bash_file() -> String {
    let mut text = completion(Shell::Bash, suite());
    for (stem, command) in scripts() {
        let script = completion(Shell::Bash, command);
        // What completes the script completes the name without .sh, too.
        text.push_str(&script.replace(&format!(" {stem}.sh\n"), &format!(" {stem}.sh {stem}\n")));
    }
    text
}

fn zsh_file() -> String {
    let names: Vec<String> = scripts().flat_map(|(stem, _)| [format!("{stem}.sh"), stem]).collect();
    let header = |name: &str| format!("#compdef {name}\n\nautoload -U is-at-least\n");
    let mut functions = String::new();
    let mut choices = String::new();
    let body = |name: &str, command| {
        let text = completion(Shell::Zsh, command);
        let text = text.strip_prefix(&header(name)).expect("zsh's header").to_owned();
        let end = text.find("if [ \"$funcstack[1]\"").expect("zsh's end");
        text[..end].to_owned()
    };
    functions.push_str(&body(BINARY, suite()).replace(&format!("\n_{BINARY}() {{"), &format!("\n_{BINARY}_itself() {{")));
    for (stem, command) in scripts() {
        functions.push_str(&body(&format!("{stem}.sh"), command));
        writeln!(choices, "        {stem}|{stem}.sh) _{stem}.sh \"$@\" ;;").unwrap();
    }
    // One file serves many names: zsh says in $service which one is meant.
    format!(
        "#compdef {BINARY} {names}\n\nautoload -U is-at-least\n{functions}\
         _{BINARY}() {{\n    case $service in\n{choices}        *) _{BINARY}_itself \"$@\" ;;\n    esac\n}}\n\n\
         if [ \"$funcstack[1]\" = \"_{BINARY}\" ]; then\n    _{BINARY} \"$@\"\nelse\n    compdef _{BINARY} {BINARY} {names}\nfi\n",
        names = names.join(" ")
    )
}

fn fish_file() -> String {
    let mut text = completion(Shell::Fish, suite());
    for (stem, command) in scripts() {
        text.push_str(&completion(Shell::Fish, command));
        writeln!(text, "complete -c {stem} -w {stem}.sh").unwrap();
    }
    text
}

fn powershell_file() -> String {
    let mut text = completion(Shell::PowerShell, suite());
    for (stem, command) in scripts() {
        let script = completion(Shell::PowerShell, command);
        // `using` may stand only at the top of a file.
        let lines: Vec<&str> = script.lines().filter(|line| !line.starts_with("using namespace")).collect();
        let script = lines.join(
            "
",
        ) + "
";
        text.push_str(&script.replace(&format!("-CommandName '{stem}.sh'"), &format!("-CommandName '{stem}.sh', '{stem}'")));
    }
    text
}

fn page(command: Command) -> String {
    let command = command.version(env!("CARGO_PKG_VERSION"));
    let source = format!("{BINARY} {}", env!("CARGO_PKG_VERSION"));
    let mut text = Vec::new();
    Man::new(command).source(source).render(&mut text).expect("a page can be written to memory");
    String::from_utf8(text).expect("man pages are text")
}
