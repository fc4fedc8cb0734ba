use std::fs;

use rdkafka::ClientConfig;
use rdkafka::consumer::BaseConsumer;
use rdkafka::producer::BaseProducer;

use super::*;

fn resolve(role: Role, arguments: &[&str]) -> Result<Resolved> {
    let arguments = arguments.iter().map(|&word| word.to_owned()).collect();
    ClientSettings::resolve(role, &Sources { arguments, bootstrap_servers: Some("127.0.0.1:1".into()), ..Sources::default() })
}

fn settings(role: Role, arguments: &[&str]) -> ClientSettings {
    resolve(role, arguments).unwrap().settings
}

fn error(role: Role, arguments: &[&str]) -> String {
    resolve(role, arguments).unwrap_err().to_string()
}

fn warnings(role: Role, arguments: &[&str]) -> Vec<String> {
    resolve(role, arguments).unwrap().warnings
}

/// What librdkafka is told, where it differs from what it is told without `arguments`.
fn told(role: Role, arguments: &[&str]) -> Vec<String> {
    let plain = settings(role, &[]).librdkafka();
    let told = settings(role, arguments).librdkafka();
    let changed = told.iter().filter(|pair| !plain.contains(pair)).map(|(name, value)| format!("{name}={value}"));
    let gone = plain.iter().filter(|(name, _)| !told.iter().any(|(other, _)| other == name)).map(|(name, _)| format!("-{name}"));
    changed.chain(gone).collect()
}

/// Makes a client of librdkafka, which checks names, values and combinations. Nothing listens on the port.
fn create(settings: &ClientSettings) {
    let mut config = ClientConfig::new();
    for (name, value) in settings.librdkafka() {
        config.set(name, value);
    }
    let created = match settings.role {
        Role::Consumer => config.create::<BaseConsumer>().map(drop),
        Role::Admin | Role::Producer => config.create::<BaseProducer>().map(drop),
    };
    created.unwrap_or_else(|error| panic!("{:?}: {error}", settings.properties));
}

#[test]
fn defaults_are_javas() {
    let admin = settings(Role::Admin, &[]);
    assert_eq!((admin.request_timeout, admin.api_timeout), (Duration::from_secs(30), Duration::from_secs(60)));
    assert_eq!((admin.retry_backoff, admin.retry_backoff_max), (Duration::from_millis(100), Duration::from_secs(1)));
    assert_eq!(admin.connection_setup_timeout, Duration::from_secs(5));
    let setup = |arguments: &[&str]| settings(Role::Admin, arguments).connection_setup_timeout;
    assert_eq!(setup(&["socket.connection.setup.timeout.ms=9000"]), Duration::from_secs(9));
    assert_eq!(setup(&["socket.connection.setup.timeout.max.ms=1000"]), Duration::from_secs(1));
    assert_eq!(admin.client_id, "kafkabox");
    let consumer = settings(Role::Consumer, &["group.id=g"]);
    assert_eq!((consumer.client_id.as_str(), consumer.group_id()), ("consumer-g-1", Some("g")));
    assert_eq!(consumer.offset_reset(), OffsetReset::Latest);
    assert!(consumer.exclude_internal_topics());
    let producer = settings(Role::Producer, &[]);
    assert_eq!(producer.client_id, "producer-1");
    assert_eq!((producer.max_block(), producer.delivery_timeout()), (Duration::from_secs(60), Duration::from_secs(120)));
    assert_eq!((producer.max_request_size(), producer.buffer_memory()), (1 << 20, 1 << 25));
}

#[test]
fn librdkafka_is_told_where_javas_defaults_differ() {
    let lines = |role, arguments: &[&str]| {
        let pairs = settings(role, arguments).librdkafka();
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
    };
    assert_eq!(
        lines(Role::Producer, &[]),
        [
            "bootstrap.servers=127.0.0.1:1",
            "client.id=producer-1",
            "connections.max.idle.ms=540000",
            "delivery.timeout.ms=120000",
            "enable.idempotence=true",
            "max.in.flight.requests.per.connection=5",
            "message.max.bytes=1048576",
            "partitioner=murmur2_random",
            "queue.buffering.max.kbytes=32768",
            "queue.buffering.max.messages=0",
            "reconnect.backoff.max.ms=1000",
            "reconnect.backoff.ms=50",
            "request.timeout.ms=30000",
            "socket.timeout.ms=30000",
            "topic.metadata.propagation.max.ms=60000",
        ]
    );
    assert_eq!(
        lines(Role::Consumer, &["group.id=g"]),
        [
            "allow.auto.create.topics=true",
            "auto.offset.reset=latest",
            "bootstrap.servers=127.0.0.1:1",
            "check.crcs=true",
            "client.id=consumer-g-1",
            "connections.max.idle.ms=540000",
            "enable.auto.commit=true",
            "group.id=g",
            "isolation.level=read_uncommitted",
            "max.poll.interval.ms=300000",
            "partition.assignment.strategy=range",
            "reconnect.backoff.max.ms=1000",
            "reconnect.backoff.ms=50",
            "socket.timeout.ms=30000",
        ]
    );
    assert_eq!(
        lines(Role::Admin, &[]),
        [
            "bootstrap.servers=127.0.0.1:1",
            "client.id=kafkabox",
            "enable.metrics.push=false",
            "reconnect.backoff.max.ms=1000",
            "reconnect.backoff.ms=50",
            "socket.timeout.ms=30000",
        ]
    );
}

#[test]
fn names_and_units_are_translated() {
    let producer = |arguments: &[&str]| told(Role::Producer, arguments);
    assert_eq!(producer(&["linger.ms=+010"]), ["linger.ms=10"]);
    assert_eq!(producer(&["acks=1"]), ["acks=1", "enable.idempotence=false"]);
    assert_eq!(producer(&["retries=0"]), ["enable.idempotence=false", "retries=0"]);
    assert_eq!(producer(&["batch.size=0", "max.block.ms=5"]), ["batch.size=1", "topic.metadata.propagation.max.ms=5"]);
    assert_eq!(producer(&["buffer.memory=1025"]), ["queue.buffering.max.kbytes=2"]);
    assert_eq!(
        producer(&["send.buffer.bytes=-1", "receive.buffer.bytes=7"]),
        ["socket.receive.buffer.bytes=7", "socket.send.buffer.bytes=0"]
    );
    assert_eq!(producer(&["reconnect.backoff.ms=2000"]), ["reconnect.backoff.max.ms=2000", "reconnect.backoff.ms=2000"]);
    assert_eq!(producer(&["retry.backoff.ms=2000"]), ["retry.backoff.max.ms=1000", "retry.backoff.ms=1000"]);
    assert_eq!(
        producer(&["request.timeout.ms=200000"]),
        ["delivery.timeout.ms=200005", "request.timeout.ms=200000", "socket.timeout.ms=200000"]
    );
    assert_eq!(producer(&["compression.type=gzip", "compression.gzip.level=3"]), ["compression.level=3", "compression.type=gzip"]);
    assert_eq!(producer(&["compression.type=lz4", "compression.lz4.level=9"]), ["compression.level=-1", "compression.type=lz4"]);
    assert_eq!(producer(&["compression.gzip.level=3"]), [""; 0]);
    assert_eq!(producer(&["partitioner.ignore.keys=true"]), ["partitioner=random"]);
    assert_eq!(
        producer(&["transactional.id=t", "transaction.timeout.ms=5000"]),
        [
            "client.id=producer-t",
            "delivery.timeout.ms=5000",
            "request.timeout.ms=5000",
            "socket.timeout.ms=5000",
            "transaction.timeout.ms=5000",
            "transactional.id=t",
        ]
    );
    let consumer = |arguments: &[&str]| told(Role::Consumer, arguments);
    assert_eq!(consumer(&["fetch.max.wait.ms=100", "fetch.min.bytes=0"]), ["fetch.min.bytes=1", "fetch.wait.max.ms=100"]);
    assert_eq!(consumer(&["fetch.max.bytes=5000"]), ["fetch.max.bytes=5000", "message.max.bytes=5000"]);
    assert_eq!(consumer(&["metadata.max.age.ms=0"]), ["topic.metadata.refresh.interval.ms=1"]);
    assert_eq!(consumer(&["auto.offset.reset=none"]), ["auto.offset.reset=error"]);
    assert_eq!(consumer(&["auto.offset.reset=earliest"]), ["auto.offset.reset=earliest"]);
    assert_eq!(
        consumer(&["group.id=g", "group.protocol=Consumer", "group.remote.assignor=uniform"]),
        [
            "client.id=consumer-g-1",
            "enable.auto.commit=true",
            "group.id=g",
            "group.protocol=consumer",
            "group.remote.assignor=uniform",
            "-partition.assignment.strategy"
        ]
    );
    let assignor = "partition.assignment.strategy=org.apache.kafka.clients.consumer.";
    assert_eq!(consumer(&[&format!("{assignor}RoundRobinAssignor")]), ["partition.assignment.strategy=roundrobin"]);
    assert_eq!(consumer(&[&format!("{assignor}CooperativeStickyAssignor,range")]), [""; 0]);
    assert_eq!(told(Role::Admin, &["connections.max.idle.ms=-1"]), ["connections.max.idle.ms=0"]);
}

#[test]
fn offsets_reset_by_time() {
    let consumer = settings(Role::Consumer, &["auto.offset.reset=by_duration:PT1H"]);
    assert_eq!(consumer.offset_reset(), OffsetReset::ByDuration(Duration::from_secs(3_600)));
    assert_eq!(told(Role::Consumer, &["auto.offset.reset=by_duration:PT1H"]), ["auto.offset.reset=error"]);
}

#[test]
fn what_is_brought_into_range_is_said() {
    assert_eq!(warnings(Role::Producer, &["linger.ms=1000000"]), ["linger.ms=1000000 is out of range here; 900000 is used"]);
    assert_eq!(
        warnings(Role::Producer, &["compression.type=zstd", "compression.zstd.level=22"]),
        ["compression.zstd.level=22 is out of range here; 12 is used"]
    );
    assert_eq!(warnings(Role::Consumer, &["max.poll.interval.ms=2147483647", "fetch.min.bytes=0"]), [""; 0]);
    assert_eq!(
        warnings(Role::Consumer, &["session.timeout.ms=400000"]),
        ["max.poll.interval.ms=300000 is less than session.timeout.ms; 400000 is used"]
    );
}

#[test]
fn names_without_effect_are_said_once_and_those_of_other_clients_are_not() {
    assert_eq!(
        warnings(Role::Consumer, &["no.such.setting=1", "fetch.mni.bytes=1", "acks=1", "zookeeper.connect=z", "interceptor.classes=a.B"]),
        [
            "interceptor.classes=a.B has no effect: Java classes cannot be loaded here",
            "\"fetch.mni.bytes\" is no property of a Kafka client and has no effect; did you mean fetch.min.bytes?",
            "\"no.such.setting\" is no property of a Kafka client and has no effect",
            "zookeeper.connect was removed from Kafka and has no effect; use --bootstrap-server",
        ]
    );
    assert_eq!(warnings(Role::Admin, &["retries=2147483647", "metric.reporters=", "linger.ms=x"]), [""; 0]);
    assert_eq!(
        warnings(Role::Admin, &["retries=3"]),
        ["retries=3 has no effect: requests are retried until default.api.timeout.ms is over"]
    );
}

#[test]
fn mistakes_are_told_in_javas_words() {
    for (role, arguments, message) in [
        (
            Role::Admin,
            &["request.timeout.ms=soon"][..],
            "Invalid value soon for configuration request.timeout.ms: Not a number of type INT",
        ),
        (
            Role::Admin,
            &["security.protocol=TLS"],
            "Invalid value TLS for configuration security.protocol: String must be one of (case insensitive): SASL_SSL, PLAINTEXT, SSL, SASL_PLAINTEXT",
        ),
        (
            Role::Admin,
            &["default.api.timeout.ms=10000"],
            "The specified value of default.api.timeout.ms must be no smaller than the value of request.timeout.ms.",
        ),
        (Role::Consumer, &["max.poll.records=few"], "Invalid value few for configuration max.poll.records: Not a number of type INT"),
        (Role::Consumer, &["enable.auto.commit=true"], "enable.auto.commit cannot be set to true when default group id (null) is used."),
        (Role::Consumer, &["group.id= "], "The configured group.id should not be an empty string or whitespace."),
        (Role::Consumer, &["group.id=g", "heartbeat.interval.ms=50000"], "Heartbeat must be set lower than the session timeout"),
        (
            Role::Consumer,
            &["group.id=g", "group.protocol=consumer", "heartbeat.interval.ms=10", "partition.assignment.strategy=range"],
            "partition.assignment.strategy, heartbeat.interval.ms cannot be set when group.protocol=CONSUMER",
        ),
        (Role::Consumer, &["group.remote.assignor=uniform"], "group.remote.assignor cannot be set when group.protocol=CLASSIC"),
        (Role::Producer, &["acks=some"], "Invalid value some for configuration acks: String must be one of: all, -1, 0, 1"),
        (
            Role::Producer,
            &["acks=1", "enable.idempotence=true"],
            "Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence.",
        ),
        (Role::Producer, &["retries=0", "enable.idempotence=true"], "Must set retries to non-zero when using the idempotent producer."),
        (
            Role::Producer,
            &["max.in.flight.requests.per.connection=6", "acks=1"],
            "To use the idempotent producer, max.in.flight.requests.per.connection must be set to at most 5. Current value is 6.",
        ),
        (Role::Producer, &["transactional.id=x", "acks=1"], "Cannot set a transactional.id without also enabling idempotence."),
        (
            Role::Producer,
            &["delivery.timeout.ms=30004"],
            "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms",
        ),
    ] {
        assert_eq!(error(role, arguments), message);
    }
}

#[test]
fn what_is_not_available_is_refused_by_name() {
    for role in [Role::Admin, Role::Producer, Role::Consumer] {
        assert_eq!(
            error(role, &["security.protocol=sasl_ssl", "sasl.jaas.config=secret"]),
            "security.protocol=SASL_SSL: TLS and SASL are not available in this version"
        );
    }
    assert_eq!(
        error(Role::Admin, &["bootstrap.controllers=a:1"]),
        "bootstrap.controllers=a:1: connections to controllers are not available in this version, name brokers in bootstrap.servers"
    );
    assert!(
        error(Role::Producer, &["partitioner.class=org.apache.kafka.clients.producer.RoundRobinPartitioner"]).contains("not available")
    );
    assert!(error(Role::Consumer, &["partition.assignment.strategy=x.Y"]).contains("not available"));
    assert!(error(Role::Producer, &["transaction.two.phase.commit.enable=true"]).contains("not available"));
}

#[test]
fn a_wrong_value_names_its_file_and_a_right_one_from_an_argument_wins() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("p.properties");
    fs::write(&file, "acks=some\n").unwrap();
    let mut sources = Sources { files: vec![file.clone()], bootstrap_servers: Some("a:1".into()), ..Sources::default() };
    let error = ClientSettings::resolve(Role::Producer, &sources).unwrap_err();
    assert_eq!(error.to_string(), "Invalid value some for configuration acks: String must be one of: all, -1, 0, 1");
    assert_eq!(error.hint().unwrap(), format!("it is set in {}", file.display()));
    sources.arguments.push("acks=1".into());
    assert_eq!(ClientSettings::resolve(Role::Producer, &sources).unwrap().settings.properties["acks"], "1");
}

#[test]
fn secrets_are_not_shown() {
    let admin = settings(Role::Admin, &["sasl.jaas.config=hunter2", "ssl.key.password=hunter2"]);
    assert!(!format!("{admin:?}").contains("hunter2"));
    assert!(!warnings(Role::Admin, &["ssl.keystore.password=hunter2"]).concat().contains("hunter2"));
}

#[test]
fn librdkafka_takes_what_it_is_told() {
    let extremes: &[&[&str]] = &[
        &[],
        &["client.id=x", "client.dns.lookup=resolve_canonical_bootstrap_servers_only", "metadata.max.age.ms=9999999999"],
        &["send.buffer.bytes=2147483647", "receive.buffer.bytes=-1", "reconnect.backoff.ms=9999999999", "retry.backoff.ms=0"],
        &["reconnect.backoff.max.ms=0", "retry.backoff.max.ms=9999999999", "request.timeout.ms=0"],
        &["metadata.recovery.strategy=NONE", "metadata.recovery.rebootstrap.trigger.ms=9999999999", "enable.metrics.push=FALSE"],
        &["connections.max.idle.ms=9999999999", "socket.connection.setup.timeout.ms=-5", "security.protocol=plaintext"],
    ];
    let producers: &[&[&str]] = &[
        &["acks=0"],
        &["acks=all", "enable.idempotence=true", "retries=5", "max.in.flight.requests.per.connection=1"],
        &["enable.idempotence=false", "max.in.flight.requests.per.connection=2147483647"],
        &["compression.type=zstd", "compression.zstd.level=-7"],
        &["compression.type=lz4", "compression.lz4.level=17"],
        &["compression.type=snappy", "batch.size=2147483647", "linger.ms=0"],
        &["buffer.memory=0", "max.request.size=0"],
        &["buffer.memory=9223372036854775807", "max.request.size=2147483647", "max.block.ms=9999999999"],
        &["request.timeout.ms=0", "linger.ms=0", "delivery.timeout.ms=0"],
        &["request.timeout.ms=2147483647", "linger.ms=9999999999", "delivery.timeout.ms=2147483647"],
        &["transactional.id=t"],
        &["transactional.id=t", "linger.ms=100000"],
        &["transactional.id=t", "transaction.timeout.ms=0", "delivery.timeout.ms=200000"],
        &["transactional.id=t", "transaction.timeout.ms=2147483647", "linger.ms=100000"],
    ];
    let consumers: &[&[&str]] = &[
        &["group.id=g", "group.instance.id=i", "session.timeout.ms=400000", "heartbeat.interval.ms=0"],
        &["group.id=g", "session.timeout.ms=2147483647", "max.poll.interval.ms=1"],
        &["group.id=g", "group.protocol=consumer", "group.remote.assignor=uniform", "max.poll.interval.ms=1"],
        &["group.id=g", "partition.assignment.strategy=roundrobin,range"],
        &["group.id=g", "partition.assignment.strategy=cooperative-sticky"],
        &["group.id=g", "enable.auto.commit=false", "auto.commit.interval.ms=0", "auto.offset.reset=none", "client.rack="],
        &["group.id=g", "fetch.max.bytes=0", "fetch.min.bytes=0", "max.partition.fetch.bytes=0", "fetch.max.wait.ms=2147483647"],
        &["group.id=g", "fetch.max.bytes=2147483647", "fetch.min.bytes=2147483647", "max.partition.fetch.bytes=2147483647"],
        &["group.id=g", "isolation.level=read_committed", "check.crcs=false", "allow.auto.create.topics=false", "client.rack=r"],
    ];
    for arguments in extremes {
        for role in [Role::Admin, Role::Producer] {
            create(&settings(role, arguments));
        }
        create(&settings(Role::Consumer, &[*arguments, &["group.id=g"]].concat()));
    }
    for arguments in producers {
        create(&settings(Role::Producer, arguments));
    }
    for arguments in consumers {
        create(&settings(Role::Consumer, arguments));
    }
}

#[test]
fn security_settings_that_do_nothing_are_told() {
    let arguments = vec!["sasl.mechanism=PLAIN".to_owned(), "ssl.truststore.location=/t".to_owned()];
    let sources = Sources { arguments, bootstrap_servers: Some("h:1".to_owned()), ..Sources::default() };
    let warnings = ClientSettings::resolve(Role::Admin, &sources).unwrap().warnings;
    assert_eq!(warnings, ["no effect while security.protocol is PLAINTEXT: sasl.mechanism, ssl.truststore.location"]);
}
