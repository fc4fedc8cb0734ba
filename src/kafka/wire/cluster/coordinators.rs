//! Which brokers coordinate which groups.

use std::collections::HashMap;

use kafka_protocol::messages::{FindCoordinatorRequest, FindCoordinatorResponse};
use kafka_protocol::protocol::StrBytes;

use super::super::ensure_fits;
use super::{Broker, Cluster, Target};
use crate::kafka::error::{BrokerError, Result};
use crate::kafka::settings::Endpoint;

impl Cluster {
    /// Finds the coordinators of many groups with as few requests as the brokers' version allows, and keeps them until
    /// [`reroute`](Self::reroute).
    ///
    /// Groups without a coordinator are asked for again for a part of the time that is left, so that some is left for the
    /// others.
    ///
    /// # Errors
    /// Those of [`send`](Self::send); a group whose coordinator cannot be told has its own error.
    pub async fn coordinators(&self, groups: &[String]) -> Result<HashMap<String, Result<i32, BrokerError>>> {
        let mut found = HashMap::new();
        let mut open: Vec<String> = Vec::new();
        for group in groups {
            match self.coordinators.borrow().get(group) {
                Some(id) => _ = found.insert(group.clone(), Ok(*id)),
                None => open.push(group.clone()),
            }
        }
        let mut backoff = self.backoff();
        let deadline = self.deadline.most();
        while !open.is_empty() {
            let mut again = Vec::new();
            for (group, answer) in self.ask_coordinators(&open).await? {
                match answer {
                    // A cluster makes its offsets topic when the first group asks for it, which takes a moment.
                    Err(error) if error.code.is_retriable() && !deadline.passed() => again.push(group),
                    answer => {
                        if let Ok(id) = answer {
                            self.coordinators.borrow_mut().insert(group.clone(), id);
                        }
                        found.insert(group, answer);
                    }
                }
            }
            open = again;
            if !open.is_empty() {
                tokio::time::sleep(backoff.pause().min(deadline.left())).await;
            }
        }
        Ok(found)
    }

    /// Keeps what a broker has said of itself by listing its groups: that it coordinates them.
    pub fn keep_coordinator<'a>(&self, id: i32, groups: impl Iterator<Item = &'a String>) {
        self.coordinators.borrow_mut().extend(groups.map(|group| (group.clone(), id)));
    }

    async fn ask_coordinators(&self, groups: &[String]) -> Result<Vec<(String, Result<i32, BrokerError>)>> {
        groups.iter().try_for_each(|group| ensure_fits("a group's name", group))?;
        let version = self.version::<FindCoordinatorRequest>(&Target::Any).await?;
        let name = |group: &String| StrBytes::from_string(group.clone());
        if version >= 4 {
            let request = FindCoordinatorRequest::default().with_coordinator_keys(groups.iter().map(name).collect());
            let response = self.send(&Target::Any, &request).await?;
            let answers = response.coordinators.iter().map(|found| {
                let outcome = BrokerError::check(found.error_code, found.error_message.as_deref());
                self.learn_coordinator(found.node_id.0, &found.host, found.port, outcome.is_ok());
                (found.key.to_string(), outcome.map(|()| found.node_id.0))
            });
            return Ok(answers.collect());
        }
        let mut answers = Vec::with_capacity(groups.len());
        for group in groups {
            let request = FindCoordinatorRequest::default().with_key(name(group));
            let found: FindCoordinatorResponse = self.send(&Target::Any, &request).await?;
            let outcome = BrokerError::check(found.error_code, found.error_message.as_deref());
            self.learn_coordinator(found.node_id.0, &found.host, found.port, outcome.is_ok());
            answers.push((group.clone(), outcome.map(|()| found.node_id.0)));
        }
        Ok(answers)
    }

    fn learn_coordinator(&self, id: i32, host: &str, port: i32, valid: bool) {
        if let (true, Ok(port)) = (valid, u16::try_from(port)) {
            let broker = Broker { id, endpoint: Endpoint { host: host.to_owned(), port }, rack: None };
            self.brokers.borrow_mut().entry(id).or_insert(broker);
        }
    }
}
