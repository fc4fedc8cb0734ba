//! The applets: one directory each, one row each.

mod configs;
pub mod connect;
mod console_consumer;
mod console_producer;
mod consumer_groups;
mod envelope;
mod links;
mod sandbox;
mod topics;

use crate::multicall::{Applet, Kind, LateRefusal};
use crate::render::Format;

/// Every applet, in the order in which help lists them.
pub static APPLETS: &[Applet] = &[
    Applet {
        name: "topics",
        kind: Kind::Admin,
        command: topics::command,
        run: topics::run,
        late_refusal: Some(LateRefusal { java: topics::java_error, early: &["bootstrap-server", "command-config"] }),
    },
    Applet {
        name: "console-producer",
        kind: Kind::Console(&["text", "json", "tsv"]),
        command: console_producer::command,
        run: console_producer::run,
        late_refusal: None,
    },
    Applet {
        name: "console-consumer",
        kind: Kind::Console(&Format::NAMES),
        command: console_consumer::command,
        run: console_consumer::run,
        late_refusal: None,
    },
    Applet {
        name: "consumer-groups",
        kind: Kind::Admin,
        command: consumer_groups::command,
        run: consumer_groups::run,
        late_refusal: Some(LateRefusal { java: consumer_groups::java_error, early: &[] }),
    },
    Applet { name: "configs", kind: Kind::Admin, command: configs::command, run: configs::run, late_refusal: None },
    Applet { name: "sandbox", kind: Kind::Own, command: sandbox::command, run: sandbox::run, late_refusal: None },
    Applet { name: "links", kind: Kind::Own, command: links::command, run: links::run, late_refusal: None },
];
