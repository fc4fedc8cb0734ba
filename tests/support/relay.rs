//! A listener between a program and a broker.

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use super::frame::frame;

/// Passes a request on to the broker, and gives the broker's answer.
pub type Ask<'a> = dyn FnMut(&[u8]) -> io::Result<Vec<u8>> + 'a;

/// Listens for what is meant for `server`. What becomes of each request is up to `handle`: it gives the answer, or `None` to
/// close the connection.
pub fn relay(server: &str, handle: impl Fn(&[u8], &mut Ask<'_>) -> io::Result<Option<Vec<u8>>> + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let server = server.to_owned();
    thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let (mut server, handle) = (TcpStream::connect(&server).expect("the broker is there"), handle.clone());
            thread::spawn(move || {
                let mut ask = |request: &[u8]| {
                    server.write_all(request)?;
                    frame(&mut server)
                };
                // The end of either connection is the end of both.
                while let Ok(Some(answer)) = frame(&mut client).and_then(|request| handle(&request, &mut ask)) {
                    if client.write_all(&answer).is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}
