//! The numbers by which the broker knows producers.

use kafka_protocol::messages::{InitProducerIdRequest, InitProducerIdResponse};

use super::broker::{Broker, Call};

/// The next number to give out.
#[derive(Debug, Default)]
pub struct ProducerIds {
    next: i64,
}

impl ProducerIds {
    /// A number that nobody has.
    pub fn fresh(&mut self) -> i64 {
        let id = self.next;
        self.next += 1;
        id
    }
}

/// Answers an InitProducerId request.
pub fn init(broker: &mut Broker, _: &Call, _request: InitProducerIdRequest) -> InitProducerIdResponse {
    InitProducerIdResponse::default().with_producer_id(broker.producer_ids.fresh().into()).with_producer_epoch(0)
}
