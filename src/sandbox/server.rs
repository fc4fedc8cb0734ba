//! Connections: who comes, frames in and out, one request of a connection after the other.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::rc::Rc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, Interest};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{sleep, timeout};

use super::api::{self, Unanswerable};
use super::broker::Shared;
use super::room::{Claim, Full, Room};
use super::{Options, groups, shape, topics, transactions};

/// How much memory requests and answers on their way may take, those of all clients together. Whoever needs more loses the
/// connection, and comes again.
const MAX_ON_THE_WAY: usize = 512 << 20;

/// How much room is made for a frame before its bytes have come.
const FIRST_ROOM: usize = 64 << 10;

/// How long a client may send nothing more of a request that it has begun, or take nothing more of an answer. A client that
/// is stopped in a debugger, and not gone, is rarely in the middle of a frame.
const STALL: Duration = if cfg!(test) { Duration::from_millis(400) } else { Duration::from_secs(30) };

/// How often it is looked whether a client has gone that has sent more than the request which is being answered.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

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
        match exchange(&mut stream, &host, &shared, Claim::new(&room)).await {
            Ok(true) => (),
            Ok(false) => return,
            Err(Unanswerable(reason)) => return shared.tell(&format!("{peer}: {reason}; connection closed")),
        }
    }
}

/// Reads a request and answers it. False when the client has gone.
async fn exchange(stream: &mut TcpStream, host: &str, shared: &Shared, mut claim: Claim) -> Result<bool, Unanswerable> {
    let Some(frame) = read_frame(stream, &mut claim).await? else { return Ok(false) };
    let answer = tokio::select! {
        biased;
        answer = api::answer(shared, host, frame, &mut claim) => answer?,
        // Some requests wait for days, if their client asks for that.
        () = gone(stream) => return Ok(false),
    };
    let Some(answer) = answer else { return Ok(true) };
    send(stream, &answer).await
}

/// Waits until the client has closed the connection.
async fn gone(stream: &TcpStream) {
    // While there is something to read, the end of the connection cannot be waited for by reading; the system knows of it.
    while matches!(stream.peek(&mut [0]).await, Ok(1..)) {
        match stream.ready(Interest::READABLE).await {
            Ok(ready) if !ready.is_read_closed() => sleep(LOOK_AGAIN).await,
            _ => return,
        }
    }
}

/// Sends an answer. False when the client has gone.
async fn send(stream: &mut (impl AsyncWrite + Unpin), answer: &[u8]) -> Result<bool, Unanswerable> {
    let mut rest = answer;
    while !rest.is_empty() {
        match timeout(STALL, stream.write(rest)).await {
            Ok(Ok(written @ 1..)) => rest = &rest[written..],
            Ok(_) => return Ok(false),
            Err(_) => return Err(stalled(answer.len() - rest.len(), "an answer", answer.len(), "were taken")),
        }
    }
    Ok(true)
}

fn stalled(done: usize, what: &str, whole: usize, how: &str) -> Unanswerable {
    Unanswerable(format!("{done} of {what}'s {whole} bytes {how}, and then none for {STALL:?}"))
}

/// There is no room for a request.
fn no_room(full: Full) -> Unanswerable {
    Unanswerable(full.to_string())
}

/// The four bytes of a length; none at the end of the connection. The first may be long in coming.
async fn read_length(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<[u8; 4]>, Unanswerable> {
    let mut length = [0; 4];
    let Ok(mut came @ 1..) = stream.read(&mut length).await else { return Ok(None) };
    while came < length.len() {
        match timeout(STALL, stream.read(&mut length[came..])).await {
            Ok(Ok(more @ 1..)) => came += more,
            Ok(_) => return Ok(None),
            Err(_) => return Err(stalled(came, "a length", length.len(), "came")),
        }
    }
    Ok(Some(length))
}

/// The next request; none at the end of the connection, wherever in a frame that comes.
async fn read_frame(stream: &mut (impl AsyncRead + Unpin), claim: &mut Claim) -> Result<Option<Bytes>, Unanswerable> {
    let Some(length) = read_length(stream).await? else { return Ok(None) };
    let announced = i32::from_be_bytes(length);
    let too_long = |longest| Unanswerable(format!("a request of {announced} bytes is announced; it may have up to {longest}"));
    let length = usize::try_from(announced).ok().filter(|length| (1..=shape::MAX_FRAME).contains(length));
    let length = length.ok_or_else(|| too_long(shape::MAX_FRAME))?;
    claim.add(length.min(FIRST_ROOM)).map_err(no_room)?;
    let mut frame = BytesMut::with_capacity(length.min(FIRST_ROOM));
    while frame.len() < length {
        // A frame begins with the kind of request.
        let longest = frame.first_chunk().map_or(shape::MAX_FRAME, |key| shape::longest(i16::from_be_bytes(*key)));
        if length > longest {
            return Err(too_long(longest));
        }
        if frame.len() == frame.capacity() {
            let more = frame.len().min(length - frame.len());
            claim.add(more).map_err(no_room)?;
            frame.reserve(more);
        }
        let mut rest = (&mut *stream).take(u64::try_from(length - frame.len()).unwrap_or(u64::MAX));
        match timeout(STALL, rest.read_buf(&mut frame)).await {
            Ok(Ok(read)) if read > 0 => (),
            Ok(_) => return Ok(None),
            Err(_) => return Err(stalled(frame.len(), "a request", length, "came")),
        }
    }
    Ok(Some(frame.freeze()))
}

#[cfg(test)]
mod tests {
    use futures_util::future::join;
    use tokio::io::duplex;

    use super::*;

    fn to_its_end<T>(what: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(what)
    }

    #[test]
    fn the_first_byte_of_a_request_may_be_long_in_coming_and_the_others_not() {
        to_its_end(async {
            let (mut client, mut stream) = duplex(64);
            let silent = timeout(STALL * 2, read_length(&mut stream)).await;
            assert!(silent.is_err(), "{silent:?}");
            client.write_all(&[0, 0]).await.unwrap();
            let expected = "2 of a length's 4 bytes came, and then none for 400ms";
            assert_eq!(read_length(&mut stream).await, Err(Unanswerable(expected.into())));
            client.write_all(&[0, 0, 1, 2, 3]).await.unwrap();
            assert_eq!(read_length(&mut stream).await, Ok(Some([0, 0, 1, 2])));
            drop(client);
            assert_eq!(read_length(&mut stream).await, Ok(None));
        });
    }

    #[test]
    fn who_takes_an_answer_slowly_gets_it_and_who_stops_does_not() {
        to_its_end(async {
            let (mut client, mut stream) = duplex(10);
            let slowly = async {
                let mut buffer = [0; 10];
                for _ in 0..8 {
                    sleep(STALL / 4).await;
                    client.read_exact(&mut buffer).await.unwrap();
                }
            };
            assert_eq!(join(slowly, send(&mut stream, &[7; 80])).await.1, Ok(true));
            let expected = "10 of an answer's 80 bytes were taken, and then none for 400ms";
            assert_eq!(send(&mut stream, &[7; 80]).await, Err(Unanswerable(expected.into())));
            drop(client);
            assert_eq!(send(&mut stream, &[7; 80]).await, Ok(false));
        });
    }
}
