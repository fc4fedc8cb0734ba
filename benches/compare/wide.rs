//! A cluster of 1000 topics with 10 partitions each: what an operator with many topics waits for.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kafkabox::kafka::admin::Admin;
use kafkabox::kafka::model::{Layout, NewTopic};
use kafkabox::kafka::settings::{ClientSettings, Role};
use kafkabox::kafka::wire::block_on;

use crate::contest::{Contender, Job, Work, contenders, hold, java, on_wide_cluster, peak, quietly};
use crate::support::client::Client;
use crate::support::frame::frame;
use crate::support::kafka::Cluster;
use crate::support::kafkabox::BINARY;
use crate::support::wait::eventually;

const TOPICS: usize = 1000;
const PARTITIONS: i32 = 10;

/// Topics that each contender deletes at once.
const DOOMED: usize = 100;

/// How long the broker may take to make all partitions.
const PATIENCE: Duration = Duration::from_secs(300);

const JOBS: [(&str, Job); 5] = [
    ("list the topics of a wide cluster", list),
    ("describe one topic of a wide cluster", describe_one),
    ("describe a wide cluster", describe_all),
    ("memory of describing a wide cluster", memory),
    ("delete topics of a wide cluster by regular expression", delete),
];

/// Runs those of the comparisons whose name contains `filter`.
pub fn compare(filter: &str) {
    on_wide_cluster(filter, &JOBS, |cluster| create(cluster, "wide", TOPICS));
}

/// Makes topics, and waits until all of their partitions are listed and led.
fn create(cluster: &Cluster, prefix: &str, count: usize) {
    let names: Vec<String> = (0..count).map(|number| format!("{prefix}-{number:04}")).collect();
    let layout = Layout::Counts { partitions: Some(PARTITIONS), replication_factor: Some(1) };
    let settings = ClientSettings::new(Role::Admin, &cluster.servers()).expect("settings");
    for names in names.chunks(50) {
        let topics: Vec<NewTopic> =
            names.iter().map(|name| NewTopic { name: name.clone(), layout: layout.clone(), configs: Vec::new() }).collect();
        let outcomes = block_on(async { Admin::connect(settings.clone()).await?.create_topics(&topics, false).await });
        for outcome in outcomes.expect("the broker answers") {
            outcome.expect("a new topic");
        }
    }
    eventually("all partitions are led", PATIENCE, || {
        Client::new(&cluster.servers()).in_sync()?;
        let listed = block_on(async { Admin::connect(settings.clone()).await?.list_topics().await }).map_err(|error| error.to_string())?;
        let found = names.iter().filter(|name| listed.iter().any(|topic| topic.name == **name)).count();
        if found == count { Ok(()) } else { Err(format!("{found} of {count} topics are listed")) }
    });
}

fn list(name: &str, cluster: &'static Cluster) {
    let servers = cluster.servers();
    let contenders = contenders(
        (format!("{BINARY} topics --bootstrap-server {servers} --list"), 30),
        (format!("kcat -b {servers} -L"), 30),
        (java(cluster, "topics", &format!("--bootstrap-server {servers} --list")), 5),
    );
    hold(name, contenders);
}

fn describe_one(name: &str, cluster: &'static Cluster) {
    let servers = cluster.servers();
    let args = format!("--bootstrap-server {servers} --describe --topic wide-0500");
    let contenders = contenders(
        (format!("{BINARY} topics {args}"), 50),
        (format!("kcat -b {servers} -L -t wide-0500"), 50),
        (java(cluster, "topics", &args), 5),
    );
    hold(name, contenders);
}

/// Against the time that the broker takes for the same requests: those that kafkabox has sent are recorded, and sent again by
/// a loop that throws the answers away.
fn describe_all(name: &str, cluster: &'static Cluster) {
    let servers = cluster.servers();
    let requests = record(&servers, "--describe");
    let again = servers.clone();
    let contenders = vec![
        Contender::line("kafkabox", format!("{BINARY} topics --bootstrap-server {servers} --describe"), 15),
        Contender {
            name: "raw loop",
            work: Work::Here(Box::new(move || replay(&again, &requests).expect("the broker answers"))),
            runs: 15,
        },
        Contender::line("java", java(cluster, "topics", &format!("--bootstrap-server {servers} --describe")), 3),
    ];
    hold(name, contenders);
}

/// A request that was recorded.
struct Recorded {
    frame: Vec<u8>,
    /// How many answers had come when it was sent.
    answered: usize,
}

/// The requests that `kafkabox topics ARGS` sends.
fn record(servers: &str, args: &str) -> Vec<Recorded> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let own = listener.local_addr().expect("an address");
    let broker = servers.to_owned();
    let relay = std::thread::spawn(move || -> io::Result<Vec<Recorded>> {
        let (mut client, _) = listener.accept()?;
        let mut broker = TcpStream::connect(broker)?;
        let (mut answers, mut back) = (broker.try_clone()?, client.try_clone()?);
        let answered = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&answered);
        let answering = std::thread::spawn(move || {
            while let Ok(answer) = frame(&mut answers) {
                // Before it is known to the client, which may send the next request at once.
                counted.fetch_add(1, Ordering::SeqCst);
                // A client that has gone wants no answers.
                let _ = back.write_all(&answer);
            }
        });
        let mut recorded = Vec::new();
        while let Ok(frame) = frame(&mut client) {
            // Before it is sent: its own answer may come at once, and a replay would wait for that before it asks.
            let answered = answered.load(Ordering::SeqCst);
            broker.write_all(&frame)?;
            recorded.push(Recorded { frame, answered });
        }
        broker.shutdown(std::net::Shutdown::Both)?;
        let _ = answering.join();
        Ok(recorded)
    });
    quietly(&format!("{BINARY} topics --bootstrap-server {own} {args}"));
    relay.join().expect("no panic").expect("a relay")
}

/// Sends the requests over one connection, as many at once as were on their way when they were recorded, and throws the
/// answers away; the time that takes.
fn replay(servers: &str, requests: &[Recorded]) -> io::Result<Duration> {
    let start = Instant::now();
    let mut stream = TcpStream::connect(servers)?;
    stream.set_nodelay(true)?;
    let mut read = 0;
    let mut read_until = |stream: &mut TcpStream, count: usize| -> io::Result<()> {
        while read < count {
            let mut prefix = [0; 4];
            stream.read_exact(&mut prefix)?;
            io::copy(&mut stream.take(u32::from_be_bytes(prefix).into()), &mut io::sink())?;
            read += 1;
        }
        Ok(())
    };
    for request in requests {
        read_until(&mut stream, request.answered)?;
        stream.write_all(&request.frame)?;
    }
    read_until(&mut stream, requests.len())?;
    Ok(start.elapsed())
}

fn memory(name: &str, cluster: &'static Cluster) {
    peak(name, &["topics", "--bootstrap-server", &cluster.servers(), "--describe"]);
}

fn delete(name: &str, cluster: &'static Cluster) {
    let servers = cluster.servers();
    let args = format!("--bootstrap-server {servers} --delete --topic doomed-.*");
    let contender = |name, line: String, runs| {
        let before = Box::new(|| create(cluster, "doomed", DOOMED));
        Contender { name, work: Work::After(before, line), runs }
    };
    let java = java(cluster, "topics", &args);
    hold(
        name,
        vec![contender("kafkabox", format!("{BINARY} topics {args}"), 3), contender("java", java.replace("doomed-.*", "'doomed-.*'"), 3)],
    );
}
