//! Connections: who comes, frames in and out, one request of a connection after the other.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{sleep, timeout};

use super::api::{self, Unanswerable};
use super::broker::Shared;
use super::{Options, groups, shape, topics};

/// How much room is made for a frame before its bytes have come.
const FIRST_ROOM: usize = 64 << 10;

/// How long a client may leave a request half sent, or an answer unread. A client that is stopped in a debugger, and not
/// gone, is rarely in the middle of a frame.
const STALL: Duration = Duration::from_secs(30);

/// How long no connection is accepted after the system has refused one, for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

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
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => drop(spawn_local(connection(stream, peer, Rc::clone(&shared)))),
            Err(error) => {
                shared.tell(&format!("cannot accept a connection: {error}"));
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one client until it goes, or sends what cannot be read.
async fn connection(mut stream: TcpStream, peer: SocketAddr, shared: Rc<Shared>) {
    // Answers are whole; waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let host = format!("/{}", peer.ip());
    loop {
        let frame = match read_frame(&mut stream).await {
            Ok(Some(frame)) => frame,
            Ok(None) => return,
            Err(Unanswerable(reason)) => return shared.tell(&format!("{peer}: {reason}; connection closed")),
        };
        let answer = match api::answer(&shared, &host, frame).await {
            Ok(Some(answer)) => answer,
            Ok(None) => continue,
            Err(Unanswerable(reason)) => return shared.tell(&format!("{peer}: {reason}; connection closed")),
        };
        if !matches!(timeout(STALL, stream.write_all(&answer)).await, Ok(Ok(()))) {
            return;
        }
    }
}

/// The next request; none at the end of the connection, wherever in a frame that comes.
async fn read_frame(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<Bytes>, Unanswerable> {
    let mut length = [0; 4];
    if stream.read_exact(&mut length).await.is_err() {
        return Ok(None);
    }
    let announced = i32::from_be_bytes(length);
    let too_long = |longest| Unanswerable(format!("a request of {announced} bytes is announced; it may have up to {longest}"));
    let length = usize::try_from(announced).ok().filter(|length| (1..=shape::MAX_FRAME).contains(length));
    let length = length.ok_or_else(|| too_long(shape::MAX_FRAME))?;
    let mut frame = BytesMut::with_capacity(length.min(FIRST_ROOM));
    while frame.len() < length {
        // A frame begins with the kind of request.
        let longest = frame.first_chunk().map_or(shape::MAX_FRAME, |key| shape::longest(i16::from_be_bytes(*key)));
        if length > longest {
            return Err(too_long(longest));
        }
        if frame.len() == frame.capacity() {
            frame.reserve(frame.len().min(length - frame.len()));
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
