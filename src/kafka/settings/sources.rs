//! From files, arguments and options to one set of texts: who wins, and where each text came from.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::rules;
use crate::java::properties;
use crate::kafka::error::plain_io;
use crate::secrets::Secrets;

/// Where properties come from. A later field wins over an earlier one; within a field, a later entry does.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The defaults of the tool's own options.
    pub defaults: Vec<(&'static str, String)>,
    /// Property files.
    pub files: Vec<PathBuf>,
    /// `key=value` words of the command line.
    pub arguments: Vec<String>,
    /// The tool's own options, as the user gave them.
    pub flags: Vec<(&'static str, String)>,
    /// The defaults of those options that Java lets win all the same, with the names of the options.
    pub stubborn: Vec<(&'static str, String, &'static str)>,
    /// The servers named on the command line or in the environment.
    pub bootstrap_servers: Option<String>,
}

/// The texts that won.
#[derive(Default)]
pub(super) struct Merged {
    pub properties: BTreeMap<String, String>,
    /// The file a property is from, if it is from a file.
    pub files: BTreeMap<String, PathBuf>,
    /// What the files say, whether it won or not.
    pub from_files: BTreeMap<String, String>,
    pub warnings: Vec<String>,
    /// What must not be repeated of all that.
    pub secrets: Secrets,
}

impl Merged {
    fn put(&mut self, key: &str, value: &str, file: Option<&Path>) {
        self.properties.insert(key.to_owned(), value.to_owned());
        match file {
            Some(file) => self.files.insert(key.to_owned(), file.to_owned()),
            None => self.files.remove(key),
        };
    }
}

/// Reads everything, and lets the later win.
///
/// # Errors
/// A file that cannot be read or is no properties file: its path, its line, and why.
pub(super) fn merge(sources: &Sources) -> Result<Merged, String> {
    let mut merged = Merged::default();
    for (key, value) in &sources.defaults {
        merged.put(key, value, None);
    }
    for file in &sources.files {
        let bytes = fs::read(file).map_err(|error| format!("{}: {}", file.display(), reason(&error)))?;
        let parsed = properties::parse(&bytes).map_err(|error| format!("{}: {error}", file.display()))?;
        merged.warnings.extend(parsed.warnings.iter().map(|warning| format!("{}: {warning}", file.display())));
        merged.secrets.note_settings(parsed.entries.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        for (key, value) in &parsed.entries {
            merged.put(key, value, Some(file));
            merged.from_files.insert(key.clone(), value.clone());
        }
    }
    for argument in &sources.arguments {
        merged.secrets.note(argument);
        let (key, value) = argument.split_once('=').unwrap_or((argument, ""));
        if rules::is_secret(key) && !value.contains("${") {
            merged.warnings.push(format!("{key} on the command line can be read by everyone on this machine; put it into a file"));
        }
        merged.put(key, value, None);
    }
    for (key, value) in &sources.flags {
        merged.put(key, value, None);
    }
    for (key, value, option) in &sources.stubborn {
        if let Some(given) = merged.properties.get(*key).filter(|given| *given != value) {
            merged.warnings.push(format!("{key}={given} has no effect, as in Java: --{option} decides, which is {value} unless given"));
        }
        merged.put(key, value, None);
    }
    if let Some(servers) = &sources.bootstrap_servers {
        merged.put("bootstrap.servers", servers, None);
    }
    Ok(merged)
}

/// Why a file cannot be read.
pub(super) fn reason(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        return "no such file".to_owned();
    }
    plain_io(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_sources_win() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("c.properties");
        fs::write(&file, "a=file\nb=file\nc=file\nd=file\nbootstrap.servers=file:1\n").unwrap();
        let sources = Sources {
            defaults: vec![("a", "default".into()), ("z", "default".into())],
            files: vec![file.clone()],
            arguments: ["b=argument", "c=argument", "c=x=y", "d", "e="].map(str::to_owned).to_vec(),
            flags: vec![("b", "flag".into())],
            stubborn: vec![("s", "stubborn".into(), "option"), ("e", "5".into(), "other")],
            bootstrap_servers: Some("option:1".into()),
        };
        let merged = merge(&sources).unwrap();
        assert_eq!(merged.warnings, ["e= has no effect, as in Java: --other decides, which is 5 unless given"]);
        let texts: Vec<String> = merged.properties.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(texts, ["a=file", "b=flag", "bootstrap.servers=option:1", "c=x=y", "d=", "e=5", "s=stubborn", "z=default"]);
        assert_eq!(merged.files.keys().collect::<Vec<_>>(), ["a"]);
        assert_eq!(merged.files["a"], file);
        assert_eq!(merged.from_files["b"], "file");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let error = |path: &Path| merge(&Sources { files: vec![path.to_owned()], ..Sources::default() }).err().unwrap();
        assert_eq!(error(Path::new("none.properties")), "none.properties: no such file");
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(error(directory.path()), format!("{}: Is a directory", directory.path().display()));
        let file = directory.path().join("bad");
        fs::write(&file, "a=1\nb=\\u12\n").unwrap();
        assert_eq!(error(&file), format!("{}: line 2: Malformed \\uxxxx encoding.", file.display()));
    }

    #[test]
    fn a_secret_on_the_command_line_is_warned_about_and_not_shown() {
        let sources = Sources { arguments: vec!["sasl.jaas.config=secret".into()], ..Sources::default() };
        let warnings = merge(&sources).unwrap().warnings;
        assert_eq!(warnings, ["sasl.jaas.config on the command line can be read by everyone on this machine; put it into a file"]);
    }
}
