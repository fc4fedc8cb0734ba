//! `configs` where no Kafka is needed: what it refuses by itself, what it keeps to itself, and a broker that is too old.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use crate::support::kafkabox::{BINARY, LIMIT, command};
use crate::support::process::{Output, run};

/// What must never be seen again.
const SECRET: &str = "pssst-9f3a";

/// The numbers of requests in the protocol.
const API_VERSIONS: i16 = 18;
const METADATA: i16 = 3;

fn alter(words: &[&str]) -> Output {
    let server = ["configs", "--bootstrap-server", "127.0.0.1:1", "--alter"];
    run(command(BINARY).args(server).args(words).env("SECRET", SECRET), b"", LIMIT)
}

/// A broker that knows only ApiVersions and Metadata, as one of Kafka 1.0 would look that lacks all the rest. It tells
/// which requests it got.
fn old_broker(asked: Sender<i16>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            // The end of a connection is the end of its story.
            let _ = answer(client, &asked);
        }
    });
    address
}

fn answer(mut client: TcpStream, asked: &Sender<i16>) -> io::Result<()> {
    loop {
        let mut length = [0; 4];
        client.read_exact(&mut length)?;
        let mut request = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
        client.read_exact(&mut request)?;
        let (api, version) = (i16::from_be_bytes([request[0], request[1]]), i16::from_be_bytes([request[2], request[3]]));
        asked.send(api).unwrap();
        let known: &[[i16; 3]] = &[[API_VERSIONS, 0, 0], [METADATA, 0, 5]];
        // A newer ApiVersions than it knows is answered with error 35 and version 0.
        let error: i16 = if version > 0 { 35 } else { 0 };
        let mut body = request[4..8].to_vec();
        body.extend(error.to_be_bytes());
        body.extend(u32::try_from(known.len()).unwrap().to_be_bytes());
        body.extend(known.iter().flatten().flat_map(|number| number.to_be_bytes()));
        client.write_all(&u32::try_from(body.len()).unwrap().to_be_bytes())?;
        client.write_all(&body)?;
    }
}

#[test]
fn a_broker_too_old_is_refused_and_nothing_else_is_tried() {
    for (words, request, release) in [
        ("--topic t --add-config retention.ms=1", "IncrementalAlterConfigs", "2.3"),
        ("--topic t --delete-config retention.ms", "IncrementalAlterConfigs", "2.3"),
        ("--broker-defaults --add-config background.threads=9", "IncrementalAlterConfigs", "2.3"),
        ("--group g --add-config consumer.session.timeout.ms=50000", "IncrementalAlterConfigs", "2.3"),
        ("--user u --add-config producer_byte_rate=1", "DescribeClientQuotas", "2.6"),
        ("--user u --delete-config SCRAM-SHA-256", "AlterUserScramCredentials", "2.7"),
    ] {
        let (asked, requests) = channel();
        let server = old_broker(asked);
        let line = ["configs", "--bootstrap-server", &server, "--alter"];
        let text = run(command(BINARY).args(line).args(words.split(' ')), b"", LIMIT).failed();
        assert!(text.contains(&format!("does not support {request}, which came with Kafka {release}")), "{words}: {text}");
        assert_eq!(text.contains("nothing was changed"), request == "IncrementalAlterConfigs", "{words}: {text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        // AlterConfigs, which would reset what is not named, above all.
        assert!(requests.try_iter().all(|api| api == API_VERSIONS), "{words}");
    }
}

/// Those that reach a cluster are in `broker::configs`.
#[test]
fn no_refusal_repeats_a_password() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: String| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let bracketed = file("brackets.properties", format!("SCRAM-SHA-256=[password={SECRET}]\n"));
    let bare = file("bare.properties", format!("SCRAM-SHA-256={SECRET}\n"));
    let whole = file("password", format!("{SECRET}\n"));
    let added = [
        format!("SCRAM-SHA-256={SECRET}"),
        format!("SCRAM-SHA-256=password={SECRET}"),
        format!("SCRAM-SHA-256=[passwort={SECRET}]"),
        format!("SCRAM-SHA-256=[iterations=x,password={SECRET}]"),
        format!("SCRAM-SHA-256=[iterations=1,password={SECRET}]"),
        format!("SCRAM-SHA-1=[password={SECRET}]"),
        format!("SCRAM-SHA-256=[password={SECRET}],producer_byte_rate=1"),
        format!("SCRAM-SHA-256=[password={SECRET}],retention.ms=x"),
        "SCRAM-SHA-256=[iterations=1,password=${env:SECRET}]".to_owned(),
        "SCRAM-SHA-256=[iterations=x,password=${env:SECRET}]".to_owned(),
        format!("SCRAM-SHA-256=[iterations=1,password=${{file:{whole}}}]"),
        "SCRAM-SHA-256=${env:SECRET}".to_owned(),
        format!("SCRAM-SHA-256=[password={SECRET}"),
        format!("SCRAM-SHA-256=password={SECRET}]"),
        format!("SCRAM-SHA-256=[[password={SECRET}]],x=1"),
        format!("SCRAM-SHA-256=[password=x]y,{SECRET} z=[w]"),
        format!("SCRAM-SHA-256=[password=x,{SECRET}=y],a=1"),
        format!("producer_byte_rate=[SCRAM-SHA-256=[password={SECRET}]]"),
        format!("ssl.keystore.password={SECRET}"),
        format!("sasl.jaas.config=x.Y required username=a password=\"{SECRET}\";"),
        format!("SCRAM-SHA-256=[password=${{ENV:{SECRET}}}]"),
        format!("SCRAM-SHA-256=pa,{SECRET}=1"),
        format!("ssl.keystore.key=-----BEGIN PRIVATE KEY-----\nMII{SECRET}\nabc==\n-----END PRIVATE KEY-----"),
    ];
    for format in ["text", "json"] {
        for add in &added {
            for words in [
                vec!["--user", "u", "--add-config", add],
                vec!["--user", "u", "--dry-run", "--add-config", add],
                vec!["--user-defaults", "--add-config", add],
                vec!["--user", "u", "--client", "c", "--add-config", add],
                vec!["--user", "u", "--add-config", add, SECRET],
                vec!["--user", "u", "--add-config", add, "--add-config", add],
                vec!["--ip", "127.0.0.1", "--add-config", add],
                vec!["--user", "u", "--add-config", "a=1", add],
                vec!["--user", "u", add],
                vec!["--user", "u", "--delete-config", add],
                vec!["--user", "u", "--delete-config", add, "--dry-run"],
                vec!["--user", "u", "--add-config-file", add],
                vec!["--user", "u", "--command-config", add, "--delete-config", "x"],
                vec!["--user", "u", &format!("--add-conifg={add}")],
                vec!["--user", "u", "--add-conifg", add],
                vec!["--user", "u", "--dry-run", "--output", add],
                vec!["--entity-type", add, "--add-config", "a=1"],
            ] {
                let output = alter(&[&words[..], &["--output", format]].concat());
                let all = output.failed() + &output.out();
                assert!(!all.contains(SECRET) && !all.is_empty(), "{words:?}: {output}");
            }
        }
        for path in [&bracketed, &bare] {
            let output = alter(&["--user", "u", "--add-config-file", path, "--output", format]);
            assert!(!(output.failed() + &output.out()).contains(SECRET), "{output}");
        }
    }
}

#[test]
fn a_password_on_the_command_line_is_warned_of_under_the_native_name() {
    let warning = "others on this machine can read a password on the command line";
    let line = |password: &str| ["--user".to_owned(), "u".into(), "--add-config".into(), format!("SCRAM-SHA-512=[password={password}]")];
    let words = |line: &[String]| alter(&line.iter().map(String::as_str).collect::<Vec<_>>()).failed();
    assert!(words(&line(SECRET)).contains(warning));
    assert!(!words(&line("${env:SECRET}")).contains(warning));

    let directory = tempfile::tempdir().unwrap();
    let script = directory.path().join("kafka-configs.sh");
    symlink(BINARY, &script).unwrap();
    let output = run(command(&script).args(["--bootstrap-server", "127.0.0.1:1", "--alter"]).args(line(SECRET)), b"", LIMIT);
    assert!(!output.failed().contains(warning), "{output}");
}

#[test]
fn a_password_that_cannot_be_fetched_is_refused() {
    for (variable, reason) in [
        ("${env:NO_SUCH_VARIABLE_}", "SCRAM-SHA-256: variable ${env:NO_SUCH_VARIABLE_} is not set"),
        ("${file:/none/password}", "SCRAM-SHA-256: cannot read /none/password: no such file"),
        ("${file:/none/s.properties:key}", "Could not read properties from file /none/s.properties"),
        ("${directory:/none:password}", "SCRAM-SHA-256: variable ${directory:/none:password} is not set"),
        ("${env:EMPTY}", "Password must not be empty"),
        (
            "${ENV:PW}",
            "SCRAM-SHA-256: ${...} names none of the providers env, file and directory; a value that has ${ in it may come from one of them",
        ),
        ("${PW}", "SCRAM-SHA-256: ${...} names none of the providers"),
    ] {
        let add = format!("SCRAM-SHA-256=[password={variable}]");
        let line = ["configs", "--bootstrap-server", "127.0.0.1:1", "--alter", "--user", "u", "--add-config", &add];
        let text = run(command(BINARY).args(line).env("EMPTY", ""), b"", LIMIT).failed();
        assert!(text.contains(reason), "{variable}: {text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}

/// What a pipe holds can be had only once, and the end of a FIFO comes only once.
#[test]
fn a_password_is_read_once() {
    let directory = tempfile::tempdir().unwrap();
    let fifo = directory.path().join("fifo");
    assert!(command("mkfifo").arg(&fifo).status().unwrap().success());
    let writer = fifo.clone();
    // Its end would wait for a reader if none came.
    thread::spawn(move || std::fs::write(writer, format!("{SECRET}\n")));
    for path in ["/dev/stdin", fifo.to_str().unwrap()] {
        let add = format!("SCRAM-SHA-256=[password=${{file:{path}}}]");
        let line = ["configs", "--bootstrap-server", "127.0.0.1:1", "--alter", "--user", "u", "--add-config", &add];
        let text = run(command(BINARY).args(line), SECRET.as_bytes(), Duration::from_secs(20)).failed();
        // It got as far as the cluster.
        assert!(text.contains("127.0.0.1:1") && !text.contains("Password must not be empty"), "{path}: {text}");
    }
}

/// A file of client settings in which the secrets are not where they belong.
#[test]
fn no_tool_repeats_what_a_settings_file_has_of_secrets() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for (text, told) in [
        (
            format!("ssl.keystore.key=-----BEGIN PRIVATE KEY-----\nMII{SECRET}\nabc{SECRET}==\n-----END PRIVATE KEY-----\n"),
            "is no property",
        ),
        (format!("sasl.jaas.config=x.Y required\n\"{SECRET}\";\n"), "is no property"),
        (format!("request.timeout.ms=sasl.jaas.config={SECRET}\n"), "[hidden] for configuration"),
        (format!("ssl.key.password={SECRET}\nrequest.timeout.ms={SECRET}\n"), "[hidden] for configuration"),
        (format!("ssl.key.password={SECRET}\nsecurity.protocol={SECRET}\n"), "[hidden] for configuration"),
        (
            "config.providers=env\nconfig.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider\n\
             request.timeout.ms=${env:SECRET}\n"
                .to_owned(),
            "[hidden] for configuration",
        ),
        (
            format!("sasl.jaas.config=x.Y required useKeyTab=true password=\"{SECRET}\";\nenable.metrics.push={SECRET}\n"),
            "Invalid value [hidden] for configuration enable.metrics.push: Expected value to be either true or false",
        ),
        (format!("sasl.jaas.config=x.Y required password=\"{SECRET}\\u12\";\n"), "Malformed"),
    ] {
        std::fs::write(&file, &text).unwrap();
        for line in [
            "configs --describe --topic t --command-config",
            "topics --list --command-config",
            "consumer-groups --list --command-config",
            "console-producer --topic t --command-config",
            "console-consumer --topic t --command-config",
        ] {
            let words = line.split(' ');
            let servers = ["--bootstrap-server", "127.0.0.1:1"];
            let output = run(command(BINARY).args(words).arg(file.path()).args(servers).env("SECRET", SECRET), b"", LIMIT);
            let all = output.err() + &output.out();
            assert!(!all.contains(SECRET) && all.contains(told), "{line}: {text}: {output}");
        }
    }
}
