//! Connections: who comes, frames in and out, one request of a connection after the other.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::rc::Rc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{sleep, timeout};

use super::api::{self, Unanswerable};
use super::broker::Shared;
use super::room::{Place, Room};
use super::{Options, groups, shape, topics, transactions};

/// How much memory requests and answers on their way may take, those of all clients together. Whoever needs more loses the
/// connection, and comes again.
const MAX_ON_THE_WAY: usize = 512 << 20;

/// How much room is made for a frame before its bytes have come.
const FIRST_ROOM: usize = 64 << 10;

/// How long a client may leave a request half sent, or an answer unread. A client that is stopped in a debugger, and not
/// gone, is rarely in the middle of a frame.
const STALL: Duration = Duration::from_secs(30);

/// How long no connection is accepted after the system has refused one, for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long that is not told again.
const TELL_AGAIN: Duration = Duration::from_secs(60);

/// Runs a broker until `stop` is told or dropped. How its start went goes to `report`.
pub fn run(listener: StdListener, options: Options, stop: oneshot::Receiver<()>, report: &mpsc::Sender<io::Result<()>>) {
    let started = start(listener, options);
    let (runtime, listener, shared) = match started {
        Ok(started) => started,
        Err(error) => {
            // Without a listener for the report there is nobody left to run for.
            let _ = report.send(Err(error));
            return;
        }
    };
    let _ = report.send(Ok(()));
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        tokio::select! {
            () = accept(listener, Rc::clone(&shared)) => (),
            () = groups::sweep(&shared) => (),
            () = transactions::keep_time(&shared) => (),
            _ = stop => (),
        }
    });
}

type Started = (tokio::runtime::Runtime, TcpListener, Rc<Shared>);

fn start(listener: StdListener, options: Options) -> io::Result<Started> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let address = listener.local_addr()?;
    let listener = {
        let _inside = runtime.enter();
        TcpListener::from_std(listener)?
    };
    let shared = Rc::new(Shared::new(address, options.memory, options.log));
    for (name, partitions) in options.topics {
        let created = topics::create::simply(&mut shared.broker.borrow_mut(), &name, Some(partitions));
        created.map_err(|refusal| io::Error::other(format!("topic {name}: {}", refusal.message.unwrap_or_default())))?;
    }
    Ok((runtime, listener, shared))
}

async fn accept(listener: TcpListener, shared: Rc<Shared>) {
    let room = Room::new(MAX_ON_THE_WAY);
    let mut told: Option<Instant> = None;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => drop(spawn_local(connection(stream, peer, Rc::clone(&shared), Rc::clone(&room)))),
            Err(error) => {
                if told.is_none_or(|told| told.elapsed() > TELL_AGAIN) {
                    shared.tell(&format!("cannot accept a connection: {error}; those that come wait until others go"));
                    told = Some(Instant::now());
                }
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one client until it goes, or sends what cannot be read.
async fn connection(mut stream: TcpStream, peer: SocketAddr, shared: Rc<Shared>, room: Rc<Room>) {
    // Answers are whole; waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let host = format!("/{}", peer.ip());
    loop {
        match exchange(&mut stream, &host, &shared, Place::new(&room)).await {
            Ok(true) => (),
            Ok(false) => return,
            Err(Unanswerable(reason)) => return shared.tell(&format!("{peer}: {reason}; connection closed")),
        }
    }
}

/// Reads a request and answers it. False when the client has gone.
async fn exchange(stream: &mut TcpStream, host: &str, shared: &Shared, mut place: Place) -> Result<bool, Unanswerable> {
    let Some(frame) = read_frame(stream, &mut place).await? else { return Ok(false) };
    let answer = tokio::select! {
        biased;
        answer = api::answer(shared, host, frame) => answer?,
        // Some requests wait for days, if their client asks for that.
        () = gone(stream) => return Ok(false),
    };
    let Some(answer) = answer else { return Ok(true) };
    take(&mut place, answer.len())?;
    Ok(matches!(timeout(STALL, stream.write_all(&answer)).await, Ok(Ok(()))))
}

/// Waits until the client has closed the connection, for as long as it sends nothing more.
async fn gone(stream: &TcpStream) {
    if matches!(stream.peek(&mut [0]).await, Ok(1..)) {
        std::future::pending::<()>().await;
    }
}

/// Takes memory for what is on its way.
fn take(place: &mut Place, bytes: usize) -> Result<(), Unanswerable> {
    let none_left = || Unanswerable(format!("requests and answers on their way take more than {} MB", MAX_ON_THE_WAY >> 20));
    place.add(bytes).then_some(()).ok_or_else(none_left)
}

/// The next request; none at the end of the connection, wherever in a frame that comes.
async fn read_frame(stream: &mut (impl AsyncRead + Unpin), place: &mut Place) -> Result<Option<Bytes>, Unanswerable> {
    let mut length = [0; 4];
    if stream.read_exact(&mut length).await.is_err() {
        return Ok(None);
    }
    let announced = i32::from_be_bytes(length);
    let too_long = |longest| Unanswerable(format!("a request of {announced} bytes is announced; it may have up to {longest}"));
    let length = usize::try_from(announced).ok().filter(|length| (1..=shape::MAX_FRAME).contains(length));
    let length = length.ok_or_else(|| too_long(shape::MAX_FRAME))?;
    take(place, length.min(FIRST_ROOM))?;
    let mut frame = BytesMut::with_capacity(length.min(FIRST_ROOM));
    while frame.len() < length {
        // A frame begins with the kind of request.
        let longest = frame.first_chunk().map_or(shape::MAX_FRAME, |key| shape::longest(i16::from_be_bytes(*key)));
        if length > longest {
            return Err(too_long(longest));
        }
        if frame.len() == frame.capacity() {
            let more = frame.len().min(length - frame.len());
            take(place, more)?;
            frame.reserve(more);
        }
        let mut rest = (&mut *stream).take(u64::try_from(length - frame.len()).unwrap_or(u64::MAX));
        match timeout(STALL, rest.read_buf(&mut frame)).await {
            Ok(Ok(read)) if read > 0 => (),
            Ok(_) => return Ok(None),
            Err(_) => {
                let came = frame.len();
                return Err(Unanswerable(format!("{came} of a request's {length} bytes came, and then none for {} s", STALL.as_secs())));
            }
        }
    }
    Ok(Some(frame.freeze()))
}
