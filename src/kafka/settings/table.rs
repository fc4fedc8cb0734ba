//! The rule of every property that a Java client of 4.3.1 defines, and the names of older ones.
//!
//! A property of one name may have another rule in another client. Rows stand in Java's order of checking, as far as
//! it matters which of several mistakes is told first.

use super::librdkafka::LONGEST_TRANSACTION;
use super::rules::{Roles, Rule, Use};
use super::typing::{Bounds, Kind};

const ALL: Roles = Roles::ALL;
const ADMIN: Roles = Roles::ADMIN;
const PRODUCER: Roles = Roles::PRODUCER;
const CONSUMER: Roles = Roles::CONSUMER;

const BOOLEAN: Kind = Kind::Boolean;
const TEXT: Kind = Kind::Text;
const LIST: Kind = Kind::List;
const CLASS: Kind = Kind::Class;
const PASSWORD: Kind = Kind::Password;
const INT: Kind = Kind::Int(Bounds::ANY);
const INT_0: Kind = Kind::Int(Bounds::at_least(0));
const INT_1: Kind = Kind::Int(Bounds::at_least(1));
const BUFFER: Kind = Kind::Int(Bounds::at_least(-1));
const LONG: Kind = Kind::Long(Bounds::ANY);
const LONG_0: Kind = Kind::Long(Bounds::at_least(0));
const RETRIES: Kind = Kind::Int(Bounds::between(0, i32::MAX as i64));

/// The names that begin so are labels or arguments of something else, not properties of their own.
pub(super) const PREFIXES: [&str; 2] = ["metrics.context.", "config.providers."];

const NO_CLASSES: &str = "Java classes cannot be loaded here";

pub(super) static RULES: &[Rule] = &[
    Rule::new("bootstrap.servers", ALL, LIST, Use::Here),
    Rule::new(
        "bootstrap.controllers",
        ADMIN,
        LIST,
        Use::Refuse(&[""], "connections to controllers are not available in this version, name brokers in bootstrap.servers"),
    ),
    Rule::new(
        "client.dns.lookup",
        ALL,
        Kind::OneOf(&["use_all_dns_ips", "resolve_canonical_bootstrap_servers_only"]),
        Use::Same("client.dns.lookup"),
    ),
    // Every client.
    Rule::new("client.id", ALL, TEXT, Use::Here),
    Rule::new("metadata.max.age.ms", ALL, LONG_0, Use::Within("topic.metadata.refresh.interval.ms", 1, 3_600_000)).or("300000"),
    Rule::new("send.buffer.bytes", ALL, BUFFER, Use::Here),
    Rule::new("receive.buffer.bytes", ALL, BUFFER, Use::Here),
    Rule::new("reconnect.backoff.ms", ALL, LONG_0, Use::Here).or("50"),
    Rule::new("reconnect.backoff.max.ms", ALL, LONG_0, Use::Here).or("1000"),
    Rule::new("retry.backoff.ms", ALL, LONG_0, Use::Here).or("100"),
    Rule::new("retry.backoff.max.ms", ALL, LONG_0, Use::Here).or("1000"),
    Rule::new("enable.metrics.push", PRODUCER.and(CONSUMER), BOOLEAN, Use::Same("enable.metrics.push")),
    Rule::new("enable.metrics.push", ADMIN, BOOLEAN, Use::Same("enable.metrics.push")).or_always("false"),
    Rule::new("request.timeout.ms", ALL, INT_0, Use::Here).or("30000"),
    Rule::new("default.api.timeout.ms", ADMIN.and(CONSUMER), INT_0, Use::Here).or("60000"),
    Rule::new("retries", ADMIN, RETRIES, Use::Warn(&["2147483647"], "requests are retried until default.api.timeout.ms is over")),
    Rule::new("socket.connection.setup.timeout.ms", ALL, LONG, Use::Within("socket.connection.setup.timeout.ms", 1_000, i32::MAX as i64))
        .or("10000"),
    Rule::new("socket.connection.setup.timeout.max.ms", ALL, LONG, Use::Here).or("30000"),
    Rule::new("connections.max.idle.ms", PRODUCER.and(CONSUMER), LONG, Use::Here).or("540000"),
    Rule::new("connections.max.idle.ms", ADMIN, LONG, Use::Here).or("300000"),
    Rule::new("metric.reporters", ALL, LIST, Use::Warn(&["", "org.apache.kafka.common.metrics.JmxReporter"], NO_CLASSES)),
    Rule::new("metrics.num.samples", ALL, INT_1, Use::Nothing),
    Rule::new("metrics.sample.window.ms", ALL, LONG_0, Use::Nothing),
    Rule::new("metrics.recording.level", ALL, Kind::OneOf(&["INFO", "DEBUG", "TRACE"]), Use::Nothing),
    Rule::new("auto.include.jmx.reporter", ALL, TEXT, Use::Nothing),
    // The producer.
    Rule::new("buffer.memory", PRODUCER, LONG_0, Use::Here).or("33554432"),
    Rule::new("retries", PRODUCER, RETRIES, Use::Same("retries")).or("2147483647"),
    Rule::new("acks", PRODUCER, Kind::OneOf(&["all", "-1", "0", "1"]), Use::Same("acks")).or("all"),
    Rule::new("compression.type", PRODUCER, Kind::OneOf(&["none", "gzip", "snappy", "lz4", "zstd"]), Use::Same("compression.type"))
        .or("none"),
    Rule::new("compression.gzip.level", PRODUCER, Kind::GzipLevel, Use::Here),
    Rule::new("compression.lz4.level", PRODUCER, Kind::Int(Bounds::between(1, 17)), Use::Here),
    Rule::new("compression.zstd.level", PRODUCER, Kind::Int(Bounds::between(-131_072, 22)), Use::Here),
    Rule::new("batch.size", PRODUCER, INT_0, Use::Within("batch.size", 1, i32::MAX as i64)),
    Rule::new("partitioner.adaptive.partitioning.enable", PRODUCER, BOOLEAN, Use::Nothing),
    Rule::new("partitioner.availability.timeout.ms", PRODUCER, LONG_0, Use::Warn(&["0"], "only partitions without a leader are left out")),
    Rule::new("partitioner.ignore.keys", PRODUCER, BOOLEAN, Use::Here).or("false"),
    Rule::new("linger.ms", PRODUCER, LONG_0, Use::Within("linger.ms", 0, 900_000)).or("5"),
    Rule::new("delivery.timeout.ms", PRODUCER, INT_0, Use::Here).or("120000"),
    Rule::new("max.request.size", PRODUCER, INT_0, Use::Within("message.max.bytes", 1_000, 1_000_000_000)).or_always("1048576"),
    Rule::new("max.block.ms", PRODUCER, LONG_0, Use::Within("topic.metadata.propagation.max.ms", 0, 3_600_000)).or_always("60000"),
    Rule::new("metadata.max.idle.ms", PRODUCER, Kind::Long(Bounds::at_least(5_000)), Use::Nothing),
    Rule::new("max.in.flight.requests.per.connection", PRODUCER, INT_1, Use::Within("max.in.flight.requests.per.connection", 1, 1_000_000))
        .or_always("5"),
    // The console producer sends bytes, whatever the file says.
    Rule::new("key.serializer", PRODUCER, CLASS, Use::Nothing),
    Rule::new("value.serializer", PRODUCER, CLASS, Use::Nothing),
    Rule::new("partitioner.class", PRODUCER, CLASS, Use::Here).or(""),
    Rule::new("interceptor.classes", PRODUCER.and(CONSUMER), LIST, Use::Warn(&[""], NO_CLASSES)),
    Rule::new("enable.idempotence", PRODUCER, BOOLEAN, Use::Here).or("true"),
    Rule::new("transaction.timeout.ms", PRODUCER, INT, Use::Within("transaction.timeout.ms", 1_000, LONGEST_TRANSACTION)).or("60000"),
    Rule::new("transactional.id", PRODUCER, Kind::NonEmpty, Use::Same("transactional.id")),
    Rule::new(
        "transaction.two.phase.commit.enable",
        PRODUCER,
        BOOLEAN,
        Use::Refuse(&["false"], "two-phase commit is not available in this version"),
    )
    .or("false"),
    Rule::new("partitioner.rack.aware", PRODUCER, BOOLEAN, Use::Warn(&["false"], "partitions are chosen without regard to racks")),
    // The consumer.
    Rule::new("group.id", CONSUMER, TEXT, Use::Same("group.id")),
    Rule::new("group.instance.id", CONSUMER, Kind::NonEmpty, Use::Same("group.instance.id")),
    Rule::new("session.timeout.ms", CONSUMER, INT, Use::Here).or("45000"),
    Rule::new("heartbeat.interval.ms", CONSUMER, INT, Use::Here).or("3000"),
    Rule::new("partition.assignment.strategy", CONSUMER, LIST, Use::Here),
    Rule::new("enable.auto.commit", CONSUMER, BOOLEAN, Use::Here).or("true"),
    Rule::new("auto.commit.interval.ms", CONSUMER, INT_0, Use::Within("auto.commit.interval.ms", 1, 86_400_000)),
    Rule::new("client.rack", CONSUMER, TEXT, Use::Same("client.rack")),
    Rule::new("client.rack", PRODUCER, TEXT, Use::Nothing),
    Rule::new("max.partition.fetch.bytes", CONSUMER, INT_0, Use::Within("max.partition.fetch.bytes", 1, 1_000_000_000)),
    Rule::new("fetch.min.bytes", CONSUMER, INT_0, Use::Within("fetch.min.bytes", 1, 100_000_000)),
    Rule::new("fetch.max.bytes", CONSUMER, INT_0, Use::Within("fetch.max.bytes", 1_000, 2_147_483_135)).or("52428800"),
    Rule::new("fetch.max.wait.ms", CONSUMER, INT_0, Use::Within("fetch.wait.max.ms", 0, 300_000)),
    Rule::new("auto.offset.reset", CONSUMER, Kind::OffsetReset, Use::Here).or("latest"),
    Rule::new("check.crcs", CONSUMER, BOOLEAN, Use::Same("check.crcs")).or_always("true"),
    Rule::new("key.deserializer", CONSUMER, CLASS, Use::Nothing),
    Rule::new("value.deserializer", CONSUMER, CLASS, Use::Nothing),
    Rule::new("max.poll.records", CONSUMER, INT_1, Use::Nothing),
    Rule::new("max.poll.interval.ms", CONSUMER, INT_1, Use::Here).or("300000"),
    Rule::new("exclude.internal.topics", CONSUMER, BOOLEAN, Use::Here).or("true"),
    Rule::new("internal.throw.on.fetch.stable.offset.unsupported", CONSUMER, BOOLEAN, Use::Nothing),
    Rule::new(
        "internal.leave.group.on.close",
        CONSUMER,
        TEXT,
        Use::Warn(&["true"], "the group is left on close unless group.instance.id is set"),
    ),
    Rule::new("isolation.level", CONSUMER, Kind::OneOf(&["read_committed", "read_uncommitted"]), Use::Same("isolation.level"))
        .or_always("read_uncommitted"),
    Rule::new("allow.auto.create.topics", CONSUMER, BOOLEAN, Use::Same("allow.auto.create.topics")).or_always("true"),
    Rule::new("group.protocol", CONSUMER, Kind::OneOfAnyCase(&["CONSUMER", "CLASSIC"]), Use::Same("group.protocol")).or("classic"),
    Rule::new("group.remote.assignor", CONSUMER, TEXT, Use::Same("group.remote.assignor")),
    // Of share groups: the Java consumer checks these, too, and no more.
    Rule::new("share.acknowledgement.mode", CONSUMER, Kind::EitherOf("implicit", "explicit"), Use::Nothing),
    Rule::new("share.acquire.mode", CONSUMER, Kind::EitherOf("batch_optimized", "record_limit"), Use::Nothing),
    // Security. Without TLS or SASL in security.protocol these are only checked, as in Java.
    Rule::new("security.providers", ALL, TEXT, Use::Warn(&[""], NO_CLASSES)),
    Rule::new("security.protocol", ALL, Kind::OneOfAnyCase(&["SASL_SSL", "PLAINTEXT", "SSL", "SASL_PLAINTEXT"]), Use::Here).or("PLAINTEXT"),
    Rule::new("ssl.protocol", ALL, TEXT, Use::Here),
    Rule::new("ssl.provider", ALL, TEXT, Use::Here),
    Rule::new("ssl.cipher.suites", ALL, LIST, Use::Here),
    Rule::new("ssl.enabled.protocols", ALL, LIST, Use::Here),
    Rule::new("ssl.keystore.type", ALL, TEXT, Use::Here),
    Rule::new("ssl.keystore.location", ALL, TEXT, Use::Here),
    Rule::new("ssl.keystore.password", ALL, PASSWORD, Use::Here),
    Rule::new("ssl.key.password", ALL, PASSWORD, Use::Here),
    Rule::new("ssl.keystore.key", ALL, PASSWORD, Use::Here),
    Rule::new("ssl.keystore.certificate.chain", ALL, PASSWORD, Use::Here),
    Rule::new("ssl.truststore.certificates", ALL, PASSWORD, Use::Here),
    Rule::new("ssl.truststore.type", ALL, TEXT, Use::Here),
    Rule::new("ssl.truststore.location", ALL, TEXT, Use::Here),
    Rule::new("ssl.truststore.password", ALL, PASSWORD, Use::Here),
    Rule::new("ssl.keymanager.algorithm", ALL, TEXT, Use::Here),
    Rule::new("ssl.trustmanager.algorithm", ALL, TEXT, Use::Here),
    Rule::new("ssl.endpoint.identification.algorithm", ALL, TEXT, Use::Here),
    Rule::new("ssl.secure.random.implementation", ALL, TEXT, Use::Here),
    Rule::new("ssl.engine.factory.class", ALL, CLASS, Use::Here),
    Rule::new("sasl.kerberos.service.name", ALL, TEXT, Use::Here),
    Rule::new("sasl.kerberos.kinit.cmd", ALL, TEXT, Use::Here),
    Rule::new("sasl.kerberos.ticket.renew.window.factor", ALL, Kind::Double(f64::MIN, f64::MAX), Use::Here),
    Rule::new("sasl.kerberos.ticket.renew.jitter", ALL, Kind::Double(f64::MIN, f64::MAX), Use::Here),
    Rule::new("sasl.kerberos.min.time.before.relogin", ALL, LONG, Use::Here),
    Rule::new("sasl.login.refresh.window.factor", ALL, Kind::Double(0.5, 1.0), Use::Here),
    Rule::new("sasl.login.refresh.window.jitter", ALL, Kind::Double(0.0, 0.25), Use::Here),
    Rule::new("sasl.login.refresh.min.period.seconds", ALL, Kind::Short(Bounds::between(0, 900)), Use::Here),
    Rule::new("sasl.login.refresh.buffer.seconds", ALL, Kind::Short(Bounds::between(0, 3_600)), Use::Here),
    Rule::new("sasl.mechanism", ALL, TEXT, Use::Here),
    Rule::new("sasl.jaas.config", ALL, PASSWORD, Use::Here),
    Rule::new("sasl.client.callback.handler.class", ALL, CLASS, Use::Here),
    Rule::new("sasl.login.callback.handler.class", ALL, CLASS, Use::Here),
    Rule::new("sasl.login.class", ALL, CLASS, Use::Here),
    Rule::new("sasl.login.connect.timeout.ms", ALL, INT, Use::Here),
    Rule::new("sasl.login.read.timeout.ms", ALL, INT, Use::Here),
    Rule::new("sasl.login.retry.backoff.max.ms", ALL, LONG, Use::Here),
    Rule::new("sasl.login.retry.backoff.ms", ALL, LONG, Use::Here),
    Rule::new("sasl.oauthbearer.jwt.retriever.class", ALL, CLASS, Use::Here),
    Rule::new("sasl.oauthbearer.jwt.validator.class", ALL, CLASS, Use::Here),
    Rule::new("sasl.oauthbearer.scope", ALL, TEXT, Use::Here),
    Rule::new("sasl.oauthbearer.client.credentials.client.id", ALL, TEXT, Use::Here),
    Rule::new("sasl.oauthbearer.client.credentials.client.secret", ALL, PASSWORD, Use::Here),
    Rule::new("sasl.oauthbearer.assertion.algorithm", ALL, Kind::OneOfAnyCase(&["ES256", "RS256"]), Use::Here),
    Rule::new("sasl.oauthbearer.assertion.claim.aud", ALL, TEXT, Use::Here),
    Rule::new("sasl.oauthbearer.assertion.claim.exp.seconds", ALL, Kind::Int(Bounds::between(0, 86_400)), Use::Here),
    Rule::new("sasl.oauthbearer.assertion.claim.iss", ALL, TEXT, Use::Here),
    Rule::new("sasl.oauthbearer.assertion.claim.jti.include", ALL, BOOLEAN, Use::Here),
    Rule::new("sasl.oauthbearer.assertion.claim.nbf.seconds", ALL, Kind::Int(Bounds::between(0, 3_600)), Use::Here),
    Rule::new("sasl.oauthbearer.assertion.claim.sub", ALL, TEXT, Use::Here),
    Rule::new("sasl.oauthbearer.assertion.file", ALL, TEXT, Use::Here),
    Rule::new("sasl.oauthbearer.assertion.private.key.file", ALL, TEXT, Use::Here),
    Rule::new("sasl.oauthbearer.assertion.private.key.passphrase", ALL, PASSWORD, Use::Here),
    Rule::new("sasl.oauthbearer.assertion.template.file", ALL, TEXT, Use::Here),
    Rule::new("sasl.oauthbearer.scope.claim.name", ALL, TEXT, Use::Here),
    Rule::new("sasl.oauthbearer.sub.claim.name", ALL, TEXT, Use::Here),
    Rule::new("sasl.oauthbearer.token.endpoint.url", ALL, TEXT, Use::Here),
    Rule::new("sasl.oauthbearer.jwks.endpoint.url", ALL, TEXT, Use::Here),
    Rule::new("sasl.oauthbearer.jwks.endpoint.refresh.ms", ALL, LONG, Use::Here),
    Rule::new("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", ALL, LONG, Use::Here),
    Rule::new("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", ALL, LONG, Use::Here),
    Rule::new("sasl.oauthbearer.clock.skew.seconds", ALL, INT, Use::Here),
    Rule::new("sasl.oauthbearer.expected.audience", ALL, LIST, Use::Here),
    Rule::new("sasl.oauthbearer.expected.issuer", ALL, TEXT, Use::Here),
    Rule::new("sasl.oauthbearer.header.urlencode", ALL, BOOLEAN, Use::Here),
    // The last ones of every client.
    Rule::new("metadata.recovery.strategy", ALL, Kind::OneOfAnyCase(&["REBOOTSTRAP", "NONE"]), Use::Same("metadata.recovery.strategy")),
    Rule::new(
        "metadata.recovery.rebootstrap.trigger.ms",
        ALL,
        LONG_0,
        Use::Within("metadata.recovery.rebootstrap.trigger.ms", 0, i32::MAX as i64),
    ),
    Rule::new("config.providers", ALL, LIST, Use::Here),
];

const NOTHING: Option<&str> = None;

/// The names of clients before 0.11, which Java takes without a word: whose they were, and what is used instead.
pub(super) const REMOVED: &[(Roles, &str, Option<&str>)] = &[
    (PRODUCER, "metadata.broker.list", Some("--bootstrap-server")),
    (PRODUCER, "broker.list", Some("--bootstrap-server")),
    (PRODUCER, "zk.connect", Some("--bootstrap-server")),
    (PRODUCER, "request.required.acks", Some("acks")),
    (PRODUCER, "producer.type", Some("--sync of the console producer")),
    (PRODUCER, "serializer.class", NOTHING),
    (PRODUCER, "key.serializer.class", NOTHING),
    (PRODUCER, "queue.buffering.max.messages", Some("buffer.memory")),
    (PRODUCER, "queue.buffering.max.ms", Some("linger.ms")),
    (PRODUCER, "queue.enqueue.timeout.ms", Some("max.block.ms")),
    (PRODUCER, "batch.num.messages", Some("batch.size")),
    (PRODUCER, "compression.codec", Some("compression.type")),
    (PRODUCER, "compressed.topics", NOTHING),
    (PRODUCER, "message.send.max.retries", Some("retries")),
    (PRODUCER, "topic.metadata.refresh.interval.ms", Some("metadata.max.age.ms")),
    (PRODUCER, "metadata.fetch.timeout.ms", Some("max.block.ms")),
    (PRODUCER, "timeout.ms", Some("request.timeout.ms")),
    (PRODUCER, "block.on.buffer.full", Some("max.block.ms")),
    (PRODUCER, "max.message.size", Some("max.request.size")),
    (PRODUCER, "buffer.size", Some("send.buffer.bytes")),
    (PRODUCER, "queue.size", Some("buffer.memory")),
    (PRODUCER, "queue.time", Some("linger.ms")),
    (PRODUCER, "num.retries", Some("retries")),
    (PRODUCER, "connect.timeout.ms", Some("socket.connection.setup.timeout.ms")),
    (CONSUMER, "zookeeper.connect", Some("--bootstrap-server")),
    (CONSUMER, "zookeeper.session.timeout.ms", NOTHING),
    (CONSUMER, "zookeeper.connection.timeout.ms", NOTHING),
    (CONSUMER, "zookeeper.sync.time.ms", NOTHING),
    (CONSUMER, "auto.commit.enable", Some("enable.auto.commit")),
    (CONSUMER, "autocommit.enable", Some("enable.auto.commit")),
    (CONSUMER, "autocommit.interval.ms", Some("auto.commit.interval.ms")),
    (CONSUMER, "autooffset.reset", Some("auto.offset.reset")),
    (CONSUMER, "socket.timeout.ms", Some("request.timeout.ms")),
    (CONSUMER, "socket.receive.buffer.bytes", Some("receive.buffer.bytes")),
    (CONSUMER, "socket.buffersize", Some("receive.buffer.bytes")),
    (CONSUMER, "fetch.message.max.bytes", Some("max.partition.fetch.bytes")),
    (CONSUMER, "fetch.size", Some("max.partition.fetch.bytes")),
    (CONSUMER, "fetch.wait.max.ms", Some("fetch.max.wait.ms")),
    (CONSUMER, "num.consumer.fetchers", NOTHING),
    (CONSUMER, "queued.max.message.chunks", Some("max.poll.records")),
    (CONSUMER, "rebalance.max.retries", NOTHING),
    (CONSUMER, "rebalance.backoff.ms", Some("retry.backoff.ms")),
    (CONSUMER, "refresh.leader.backoff.ms", Some("retry.backoff.ms")),
    (CONSUMER, "consumer.timeout.ms", Some("--timeout-ms of the console consumer")),
    (CONSUMER, "consumer.id", Some("client.id")),
    (CONSUMER, "consumerid", Some("client.id")),
    (CONSUMER, "groupid", Some("group.id")),
    (CONSUMER, "offsets.storage", NOTHING),
    (CONSUMER, "offsets.channel.backoff.ms", NOTHING),
    (CONSUMER, "offsets.channel.socket.timeout.ms", NOTHING),
    (CONSUMER, "offsets.commit.max.retries", NOTHING),
    (CONSUMER, "dual.commit.enabled", NOTHING),
];
