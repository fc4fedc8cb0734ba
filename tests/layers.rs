//! Who may see whom: the walls that `src/lib.rs` describes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::support::blessing::in_repository;

/// What a part of the source must not name: crates, and modules of this one.
const WALLS: [(&str, &[&str]); 4] = [
    (
        "kafka",
        &[
            "clap",
            "anyhow",
            "comfy_table",
            "indicatif",
            "crate::render",
            "crate::commands",
            "crate::cli",
            "crate::context",
            "crate::failure",
            "crate::multicall",
            "crate::sandbox",
        ],
    ),
    (
        "render",
        &[
            "rdkafka",
            "kafka_protocol",
            "tokio",
            "clap",
            "crate::kafka",
            "crate::commands",
            "crate::cli",
            "crate::multicall",
            "crate::sandbox",
        ],
    ),
    (
        "java",
        &[
            "rdkafka",
            "kafka_protocol",
            "tokio",
            "clap",
            "crate::kafka",
            "crate::render",
            "crate::commands",
            "crate::cli",
            "crate::context",
            "crate::failure",
            "crate::multicall",
            "crate::sandbox",
        ],
    ),
    (
        "sandbox",
        &[
            "rdkafka",
            "openssl",
            "clap",
            "anyhow",
            "comfy_table",
            "indicatif",
            "serde_json",
            "crate::kafka",
            "crate::render",
            "crate::java",
            "crate::commands",
            "crate::cli",
            "crate::context",
            "crate::failure",
            "crate::multicall",
            "crate::signals",
        ],
    ),
];

#[test]
fn no_part_sees_what_it_must_not() {
    let mut breaches = Vec::new();
    for (part, forbidden) in WALLS {
        for file in sources(&in_repository("src").join(part)) {
            let paths = paths_in(&file);
            for wall in forbidden {
                if let Some(path) = paths.iter().find(|path| *path == wall || path.starts_with(&format!("{wall}::"))) {
                    breaches.push(format!("{} names {path}", file.display()));
                }
            }
        }
    }
    assert!(breaches.is_empty(), "{breaches:#?}");
}

#[test]
fn one_command_sees_the_sandbox() {
    let source = in_repository("src");
    let allowed = [source.join("sandbox"), source.join("commands/sandbox")];
    let sees = |file: &PathBuf| paths_in(file).iter().any(|path| path.starts_with("crate::sandbox::"));
    let (inside, outside): (Vec<_>, Vec<_>) =
        sources(&source).into_iter().filter(sees).partition(|file| allowed.iter().any(|place| file.starts_with(place)));
    assert!(inside.contains(&source.join("commands/sandbox/run.rs")), "{inside:?}");
    assert!(outside.is_empty(), "{outside:?}");
}

#[test]
fn unsafe_code_lives_in_one_place() {
    let native = in_repository("src/kafka/native");
    let has_unsafe = |file: &PathBuf| words(&code(file)).any(|word| word == "unsafe");
    let strays: Vec<PathBuf> =
        sources(&in_repository("src")).into_iter().filter(|file| !file.starts_with(&native)).filter(has_unsafe).collect();
    assert!(strays.is_empty(), "{strays:?}");
}

/// The scanner must see what is there: these are known to be.
#[test]
fn the_scanner_finds_paths() {
    let commands: BTreeSet<String> = sources(&in_repository("src/commands")).iter().flat_map(|file| paths_in(file)).collect();
    for known in ["crate::kafka::admin::Admin", "crate::context::Context", "clap::ArgMatches"] {
        assert!(commands.contains(known), "{known} is not among {commands:#?}");
    }
    let module: Vec<String> = ["crate", "kafka", "wire"].map(str::to_owned).into();
    let text = "use super::super::render::{self, json::{write, Cell as C}};\nfn f() { crate::cli::x(); anyhow!() }";
    let found = paths(text, &module);
    for path in ["crate::render", "crate::render::json::write", "crate::render::json::Cell", "crate::cli::x", "anyhow"] {
        assert!(found.contains(path), "{path} is not among {found:#?}");
    }
}

/// All source files below a directory.
fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.append(&mut sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{} has no source", directory.display());
    found
}

/// A file without its comments and without what stands in literals.
fn code(file: &Path) -> String {
    tokens(&fs::read_to_string(file).unwrap())
}

/// The tokens of a text, with `""` for each literal, and a space only where two words meet.
fn tokens(text: &str) -> String {
    let stream = text.parse().unwrap_or_else(|error| panic!("no Rust: {error}"));
    let mut code = String::new();
    write_tokens(stream, &mut code);
    code
}

fn write_tokens(stream: TokenStream, code: &mut String) {
    for token in stream {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                code.push_str(open);
                write_tokens(group.stream(), code);
                code.push_str(close);
            }
            TokenTree::Ident(word) => {
                if code.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                    code.push(' ');
                }
                code.push_str(&word.to_string());
            }
            TokenTree::Punct(sign) => code.push(sign.as_char()),
            TokenTree::Literal(_) => code.push_str("\"\""),
        }
    }
}

/// Code that follows a literal is code, and what stands in a literal or a comment is none.
#[test]
fn literals_and_comments_hide_nothing() {
    let text = r##"
        const URL: &str = "http://host"; fn f() { unsafe { g() } }
        const QUOTE: char = '"'; use clap::Arg;
        const ESCAPED: char = '\''; const RAW: &str = r#"a " // b"#; fn h<'a>() { anyhow::bail!("x // y") }
        // use tokio::net;
        /* unsafe /* use rdkafka::x; */ */
        const TEXT: &str = "use rdkafka::y; \" \\";
        /// use rdkafka::z;
        struct S;
    "##;
    let code = tokens(text);
    assert_eq!(words(&code).filter(|word| *word == "unsafe").count(), 1, "{code}");
    let found = paths(&code, &["crate".to_owned()]);
    assert!(found.contains("clap::Arg") && found.contains("anyhow::bail"), "{found:#?}");
    assert!(!found.iter().any(|path| path.starts_with("tokio") || path.starts_with("rdkafka")), "{found:#?}");
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Every path that a file names, from the root of its crate on.
fn paths_in(file: &Path) -> BTreeSet<String> {
    let below = file.strip_prefix(in_repository("src")).unwrap().with_extension("");
    let mut module: Vec<String> = vec!["crate".to_owned()];
    module.extend(below.iter().map(|part| part.to_str().unwrap().to_owned()).filter(|part| part != "mod" && part != "lib"));
    paths(&code(file), &module)
}

fn paths(code: &str, module: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for tree in code.split("use ").skip(1).filter_map(|rest| rest.split(';').next()) {
        expand(tree, "", &mut |path| {
            found.insert(absolute(path, module));
        });
    }
    let inline = fancy_regex::Regex::new(r"\w+(?:::\w+)+|\b\w+(?=!)").unwrap();
    found.extend(inline.find_iter(code).flatten().map(|path| absolute(path.as_str(), module)));
    found
}

/// Calls `found` with each path of a `use` tree.
fn expand(tree: &str, prefix: &str, found: &mut impl FnMut(&str)) {
    let tree = tree.trim();
    let Some((head, rest)) = tree.split_once('{') else {
        let name = tree.split(" as ").next().unwrap_or_default().trim();
        let path = format!("{prefix}{name}");
        return found(path.trim_end_matches("::self").trim_end_matches("::*"));
    };
    let prefix = format!("{prefix}{}", head.trim());
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let (mut depth, mut start) = (0, 0);
    for (index, sign) in inner.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&inner[start..index], &prefix, found);
                start = index + 1;
            }
            _ => {}
        }
    }
    if !inner[start..].trim().is_empty() {
        expand(&inner[start..], &prefix, found);
    }
}

/// A path with `super` and `self` resolved.
fn absolute(path: &str, module: &[String]) -> String {
    let mut base: Vec<&str> = Vec::new();
    for part in path.split("::") {
        match part {
            "self" if base.is_empty() => base = module.iter().map(String::as_str).collect(),
            "super" => {
                if base.is_empty() {
                    base = module.iter().map(String::as_str).collect();
                }
                base.pop();
            }
            part => base.push(part),
        }
    }
    base.join("::")
}
