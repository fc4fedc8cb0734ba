//! Values from elsewhere: `${env:NAME}`, `${file:PATH:KEY}` and `${directory:PATH:FILE}` (KIP-297, KIP-421).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use fancy_regex::Regex;

use super::sources::{Merged, reason};
use super::typing::{invalid, trim};
use crate::java::properties;
use crate::secrets::names_secret;

const PACKAGE: &str = "org.apache.kafka.common.config.provider.";

/// One provider that `config.providers` names.
enum Provider {
    Environment {
        allowed: Option<Regex>,
    },
    /// With `whole`, a variable without a key is all that a file holds.
    File {
        allowed: Option<Vec<PathBuf>>,
        whole: bool,
    },
    Directory {
        allowed: Option<Vec<PathBuf>>,
    },
}

/// Replaces the variables of all values. Without `config.providers` nothing is one.
///
/// # Errors
/// A provider that does not exist here, and a variable that has no value: Java would send its text instead.
pub(super) fn expand(merged: &mut Merged) -> Result<(), String> {
    let Some(names) = merged.properties.get("config.providers") else { return Ok(()) };
    let mut providers = BTreeMap::new();
    for name in trim(names).split(',').filter(|name| !name.is_empty()) {
        // Java takes a name without a class for no provider.
        if let Some(class) = merged.properties.get(&format!("config.providers.{name}.class")) {
            providers.insert(name.to_owned(), Provider::new(name, trim(class), &merged.properties)?);
        }
    }
    for (key, value) in &mut merged.properties {
        if !key.starts_with("config.providers") {
            let expanded = replace(key, value, &providers)?;
            if expanded != *value {
                merged.secrets.note_setting(key, &expanded);
                // The place where a value is kept may say what it is.
                if names_secret(value) {
                    merged.secrets.add(&expanded);
                }
                *value = expanded;
            }
        }
    }
    Ok(())
}

/// Replaces the variables of a value that is no client setting but goes by the name `key`: `${env:NAME}`,
/// `${file:PATH:KEY}` for a property of a file, `${file:PATH}` for all that a file holds, `${directory:PATH:FILE}`. No
/// `config.providers` has to name them. A line end at the end of what they bring in is left out.
///
/// # Errors
/// A variable that has no value, or another provider, and a file that cannot be read. None tells a value.
pub fn expand_value(key: &str, text: &str) -> Result<String, String> {
    let providers = BTreeMap::from([
        ("env".to_owned(), Provider::Environment { allowed: None }),
        ("file".to_owned(), Provider::File { allowed: None, whole: true }),
        ("directory".to_owned(), Provider::Directory { allowed: None }),
    ]);
    let is_strange = |piece: &Piece<'_>| match piece {
        Piece::Text(text) => text.ends_with("${"),
        Piece::Variable { provider, .. } => !providers.contains_key(*provider),
    };
    if pieces(text).iter().any(is_strange) {
        return Err(format!(
            "{key}: ${{...}} names none of the providers env, file and directory; a value that has ${{ in it may come from one of them"
        ));
    }
    let value = replace(key, text, &providers)?;
    let line = value.strip_suffix('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).filter(|_| text.ends_with('}'));
    Ok(line.map_or(value.clone(), str::to_owned))
}

impl Provider {
    fn new(name: &str, class: &str, properties: &BTreeMap<String, String>) -> Result<Self, String> {
        let argument = |key: &str| properties.get(&format!("config.providers.{name}.param.{key}")).map(String::as_str);
        let allowed = || {
            let list = argument("allowed.paths").map(trim).filter(|list| !list.is_empty())?;
            Some(list.split(',').map(|path| trim(path).into()).collect::<Vec<PathBuf>>())
        };
        match class.strip_prefix(PACKAGE) {
            Some("EnvVarConfigProvider") => {
                let pattern = argument("allowlist.pattern").map(|pattern| Regex::new(&format!("^(?:{pattern})$")));
                let allowed = pattern.transpose().map_err(|error| format!("config.providers.{name}.param.allowlist.pattern: {error}"))?;
                Ok(Self::Environment { allowed })
            }
            Some("FileConfigProvider") => Ok(Self::File { allowed: allowed(), whole: false }),
            Some("DirectoryConfigProvider") => Ok(Self::Directory { allowed: allowed() }),
            _ => Err(invalid(
                &format!("config.providers.{name}.class"),
                class,
                "Could not load config provider class or one of its dependencies",
            )),
        }
    }

    /// The value of a variable, if it has one.
    fn value(&self, path: &str, key: &str) -> Result<Option<String>, String> {
        match self {
            Self::Environment { .. } if !path.is_empty() => {
                Err(format!("Path is not supported for EnvVarConfigProvider, invalid value '{path}'"))
            }
            Self::Environment { allowed } => {
                let allowed = allowed.as_ref().is_none_or(|pattern| pattern.is_match(key).unwrap_or(false));
                Ok(if allowed { std::env::var(key).ok() } else { None })
            }
            Self::File { whole: true, .. } if path.is_empty() => {
                fs::read_to_string(key).map(Some).map_err(|error| format!("cannot read {key}: {}", reason(&error)))
            }
            Self::File { allowed, .. } if is_allowed(allowed.as_deref(), path) => {
                let text =
                    fs::read_to_string(path).map_err(|error| format!("Could not read properties from file {path}: {}", reason(&error)))?;
                // This file is UTF-8, unlike the one that names it.
                let parsed = properties::parse_utf8(&text).map_err(|error| format!("{path}: {error}"))?;
                Ok(parsed.entries.into_iter().rev().find(|(name, _)| name == key).map(|(_, value)| value))
            }
            Self::Directory { allowed } if is_allowed(allowed.as_deref(), path) => {
                let file = Path::new(path).join(key);
                // A name that leads elsewhere is no file of the directory.
                let inside = !key.is_empty() && Path::new(key).file_name().is_some_and(|name| name == key);
                if !inside || !file.is_file() {
                    return Ok(None);
                }
                fs::read_to_string(&file).map(Some).map_err(|error| format!("{}: {}", file.display(), reason(&error)))
            }
            Self::File { .. } | Self::Directory { .. } => Ok(None),
        }
    }
}

/// Whether a path lies under one of the allowed ones. A path that leads out through a link or `..` does not.
fn is_allowed(allowed: Option<&[PathBuf]>, path: &str) -> bool {
    let Some(allowed) = allowed else { return true };
    let real = fs::canonicalize(path);
    real.is_ok_and(|real| allowed.iter().any(|prefix| fs::canonicalize(prefix).is_ok_and(|prefix| real.starts_with(prefix))))
}

/// A piece of a value.
enum Piece<'a> {
    Text(&'a str),
    /// What stands in `${PROVIDER:PLACE}`, as a whole and in its two parts.
    Variable {
        body: &'a str,
        provider: &'a str,
        place: &'a str,
    },
}

/// Takes a value apart. What is no variable in form is text; whether its provider exists is another matter.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let after = &rest[start + 2..];
        let variable = after.split_once('}').and_then(|(body, left)| Some((body, body.split_once(':')?, left)));
        if let Some((body, (provider, place), left)) = variable {
            pieces.push(Piece::Text(&rest[..start]));
            pieces.push(Piece::Variable { body, provider, place });
            rest = left;
        } else {
            pieces.push(Piece::Text(&rest[..start + 2]));
            rest = after;
        }
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// Replaces the variables of one value, once: what they bring in is not looked at again.
fn replace(key: &str, text: &str, providers: &BTreeMap<String, Provider>) -> Result<String, String> {
    let mut result = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => result.push_str(text),
            Piece::Variable { body, provider, place } => {
                let Some(provider) = providers.get(provider) else {
                    // Text that only looks like a variable.
                    result.extend(["${", body, "}"]);
                    continue;
                };
                let (path, variable) = place.split_once(':').unwrap_or(("", place));
                let value = provider.value(path, variable).map_err(|error| format!("{key}: {error}"))?;
                result.push_str(&value.ok_or_else(|| format!("{key}: variable ${{{body}}} is not set"))?);
            }
        }
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(pairs: &[(&str, &str)]) -> Result<BTreeMap<String, String>, String> {
        let properties = pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        let mut merged = Merged { properties, ..Merged::default() };
        expand(&mut merged)?;
        Ok(merged.properties)
    }

    const ENVIRONMENT: (&str, &str) = ("config.providers.env.class", "org.apache.kafka.common.config.provider.EnvVarConfigProvider");
    const FILE: (&str, &str) = ("config.providers.f.class", "org.apache.kafka.common.config.provider.FileConfigProvider");
    const DIRECTORY: (&str, &str) = ("config.providers.d.class", "org.apache.kafka.common.config.provider.DirectoryConfigProvider");

    #[test]
    fn without_providers_a_variable_is_text() {
        assert_eq!(expanded(&[("client.id", "${env:PATH}")]).unwrap()["client.id"], "${env:PATH}");
        assert_eq!(expanded(&[("config.providers", "env"), ("client.id", "${env:PATH}")]).unwrap()["client.id"], "${env:PATH}");
    }

    #[test]
    fn variables_of_the_environment() {
        let path = std::env::var("PATH").unwrap();
        let value = |text: &str| Ok::<_, String>(expanded(&[("config.providers", "env"), ENVIRONMENT, ("x", text)])?["x"].clone());
        assert_eq!(value("a${env:PATH}b${env:PATH}${").unwrap(), format!("a{path}b{path}${{"));
        assert_eq!(value("${other:PATH} ${env} ${x} $").unwrap(), "${other:PATH} ${env} ${x} $");
        assert_eq!(value("${env:NO_SUCH_VARIABLE_}").unwrap_err(), "x: variable ${env:NO_SUCH_VARIABLE_} is not set");
        assert_eq!(value("${env:p:PATH}").unwrap_err(), "x: Path is not supported for EnvVarConfigProvider, invalid value 'p'");
        let limited =
            [("config.providers", "env"), ENVIRONMENT, ("config.providers.env.param.allowlist.pattern", "PAT"), ("x", "${env:PATH}")];
        assert_eq!(expanded(&limited).unwrap_err(), "x: variable ${env:PATH} is not set");
    }

    #[test]
    fn only_what_a_name_calls_a_secret_is_hidden() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().to_str().unwrap();
        let told = |key: &str, file: &str| {
            fs::write(directory.path().join(file), "1 of 9").unwrap();
            let pairs = [("config.providers".to_owned(), "d".to_owned()), (DIRECTORY.0.to_owned(), DIRECTORY.1.to_owned())];
            let properties = pairs.into_iter().chain([(key.to_owned(), format!("${{d:{root}:{file}}}"))]).collect();
            let mut merged = Merged { properties, ..Merged::default() };
            expand(&mut merged).unwrap();
            merged.secrets.hide("1 of 9")
        };
        assert_eq!(told("acks", "acks"), "1 of 9");
        assert_eq!(told("ssl.key.password", "acks"), "[hidden]");
        assert_eq!(told("client.id", "token"), "[hidden]");
    }

    #[test]
    fn files_and_directories() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().to_str().unwrap();
        fs::write(directory.path().join("s.properties"), "user=é😀\nagain=${f:x:y}\n").unwrap();
        fs::write(directory.path().join("password"), "p w\n").unwrap();
        let value = |text: &str, allowed: &str| {
            let mut pairs = vec![("config.providers", "f,d"), FILE, DIRECTORY, ("x", text)];
            if !allowed.is_empty() {
                pairs.extend([("config.providers.f.param.allowed.paths", allowed), ("config.providers.d.param.allowed.paths", allowed)]);
            }
            Ok::<_, String>(expanded(&pairs)?["x"].clone())
        };
        let from_file = format!("${{f:{root}/s.properties:user}}");
        let from_directory = format!("${{d:{root}:password}}");
        for allowed in ["", root] {
            assert_eq!(value(&from_file, allowed).unwrap(), "é😀");
            assert_eq!(value(&from_directory, allowed).unwrap(), "p w\n");
        }
        assert_eq!(value(&format!("${{f:{root}/s.properties:again}}"), "").unwrap(), "${f:x:y}");
        assert_eq!(value(&from_directory, "/proc").unwrap_err(), format!("x: variable {from_directory} is not set"));
        assert_eq!(value("${f:/none:k}", "").unwrap_err(), "x: Could not read properties from file /none: no such file");
        assert!(value(&format!("${{d:{root}:../password}}"), "").is_err());
    }

    #[test]
    fn values_that_are_no_settings_need_no_providers_named() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().to_str().unwrap();
        fs::write(directory.path().join("password"), "p w\r\n").unwrap();
        fs::write(directory.path().join("s.properties"), "user=u\n").unwrap();
        let value = |text: &str| expand_value("SCRAM-SHA-256", text);
        for text in [format!("${{file:{root}/password}}"), format!("${{directory:{root}:password}}")] {
            assert_eq!(value(&text).unwrap(), "p w");
        }
        assert_eq!(value(&format!("${{file:{root}/s.properties:user}}")).unwrap(), "u");
        assert_eq!(value("${env:PATH}").unwrap(), std::env::var("PATH").unwrap());
        assert_eq!(value("plain $ {x} text\n").unwrap(), "plain $ {x} text\n");
        for text in ["${ENV:PATH}", "${x}", "a${env:PATH", "${vault:a:b}"] {
            let refused = value(text).unwrap_err();
            assert!(refused.starts_with("SCRAM-SHA-256: ${...} names none of the providers") && !refused.contains(text), "{refused}");
        }
        assert_eq!(value("${env:NO_SUCH_VARIABLE_}").unwrap_err(), "SCRAM-SHA-256: variable ${env:NO_SUCH_VARIABLE_} is not set");
        assert_eq!(value("${file:/none}").unwrap_err(), "SCRAM-SHA-256: cannot read /none: no such file");
    }

    #[test]
    fn a_provider_that_is_not_built_in_is_refused_in_javas_words() {
        let error = expanded(&[("config.providers", "v"), ("config.providers.v.class", "com.x.Y")]).unwrap_err();
        assert_eq!(
            error,
            "Invalid value com.x.Y for configuration config.providers.v.class: Could not load config provider class or one of its dependencies"
        );
    }
}
