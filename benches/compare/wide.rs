//! A cluster of 1000 topics with 10 partitions each: what an operator with many topics waits for.
//!
//! A broker makes that many partitions quickly only where its files are in memory, so they are in /dev/shm where there is
//! such a thing.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use kafkabox::kafka::admin::Admin;
use kafkabox::kafka::model::{Layout, NewTopic};
use kafkabox::kafka::settings::{ClientSettings, Role};
use kafkabox::kafka::wire::block_on;

use crate::contest::{Contender, Work, contenders, hold, java, peak, quietly};
use crate::support::client::Client;
use crate::support::kafka::{Cluster, Release};
use crate::support::kafkabox::BINARY;
use crate::support::wait::eventually;

const TOPICS: usize = 1000;
const PARTITIONS: i32 = 10;

/// Topics that each contender deletes at once.
const DOOMED: usize = 100;

/// How long the broker may take to make all partitions.
const PATIENCE: Duration = Duration::from_secs(300);

type Job = fn(&str, &'static Cluster);

const JOBS: [(&str, Job); 5] = [
    ("list the topics of a wide cluster", list),
    ("describe one topic of a wide cluster", describe_one),
    ("describe a wide cluster", describe_all),
    ("memory of describing a wide cluster", memory),
    ("delete topics of a wide cluster by regular expression", delete),
];

/// Runs those of the comparisons whose name contains `filter`.
pub fn compare(release: &'static Release, filter: &str) {
    let chosen: Vec<&(&str, Job)> = JOBS.iter().filter(|(name, _)| name.contains(filter)).collect();
    if chosen.is_empty() {
        return;
    }
    let memory = Path::new("/dev/shm");
    let builder = tempfile::Builder::new();
    let directory = if memory.is_dir() { builder.tempdir_in(memory) } else { builder.tempdir() }.expect("a temporary directory");
    let cluster = Cluster::start_to_measure(release, directory.path()).unwrap_or_else(|reason| panic!("{reason}"));
    // It lives until the program ends, and what is prepared between two runs borrows it.
    let cluster: &'static Cluster = Box::leak(Box::new(cluster));
    create(cluster, "wide", TOPICS);
    for (name, job) in chosen {
        job(name, cluster);
    }
    cluster.end();
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

/// Against the time that the broker takes for the same requests: those that kafkabox has sent are recorded, and sent again
/// by a loop that throws the answers away.
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

/// The requests that `kafkabox topics ARGS` sends, one frame each.
fn record(servers: &str, args: &str) -> Vec<Vec<u8>> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let own = listener.local_addr().expect("an address");
    let sent: Arc<Mutex<Vec<u8>>> = Arc::default();
    let (copy, broker) = (Arc::clone(&sent), servers.to_owned());
    let relay = std::thread::spawn(move || -> io::Result<()> {
        let (mut client, _) = listener.accept()?;
        let mut broker = TcpStream::connect(broker)?;
        let (mut answers, mut back) = (broker.try_clone()?, client.try_clone()?);
        let answering = std::thread::spawn(move || io::copy(&mut answers, &mut back));
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = client.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            copy.lock().expect("nobody panics").extend(&buffer[..count]);
            broker.write_all(&buffer[..count])?;
        }
        broker.shutdown(std::net::Shutdown::Both)?;
        let _ = answering.join();
        Ok(())
    });
    quietly(&format!("{BINARY} topics --bootstrap-server {own} {args}"));
    relay.join().expect("no panic").expect("a relay");
    let bytes = std::mem::take(&mut *sent.lock().expect("nobody panics"));
    let mut rest = bytes.as_slice();
    let mut frames = Vec::new();
    while let Some(prefix) = rest.first_chunk::<4>() {
        let length = usize::try_from(i32::from_be_bytes(*prefix)).expect("a length") + 4;
        frames.push(rest[..length].to_vec());
        rest = &rest[length..];
    }
    frames
}

/// Sends the requests one after another over one connection, and throws the answers away; the time that takes.
fn replay(servers: &str, requests: &[Vec<u8>]) -> io::Result<Duration> {
    let start = Instant::now();
    let mut stream = TcpStream::connect(servers)?;
    stream.set_nodelay(true)?;
    for request in requests {
        stream.write_all(request)?;
        let mut prefix = [0; 4];
        stream.read_exact(&mut prefix)?;
        let length = u64::from(u32::from_be_bytes(prefix));
        io::copy(&mut (&mut stream).take(length), &mut io::sink())?;
    }
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
