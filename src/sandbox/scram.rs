//! SCRAM credentials: stored and described, used by nobody, because the sandbox has no SASL (`ScramControlManager`,
//! `ScramImage`).

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::alter_user_scram_credentials_request::ScramCredentialUpsertion;
use kafka_protocol::messages::alter_user_scram_credentials_response::AlterUserScramCredentialsResult;
use kafka_protocol::messages::describe_user_scram_credentials_response::{CredentialInfo, DescribeUserScramCredentialsResult};
use kafka_protocol::messages::{
    AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse, DescribeUserScramCredentialsRequest,
    DescribeUserScramCredentialsResponse,
};
use kafka_protocol::protocol::StrBytes;

use super::broker::{Broker, Call};
use super::error::{Refusal, code_of};

/// SCRAM-SHA-256 and SCRAM-SHA-512, by their numbers in requests.
const MECHANISMS: [i8; 2] = [1, 2];

const MIN_ITERATIONS: i32 = 4096;
const MAX_ITERATIONS: i32 = 16384;

/// How many credentials are kept, and how long a name, salt or password may be, in bytes; Kafka knows no such limits.
const MAX_CREDENTIALS: usize = 10_000;
const MAX_LENGTH: usize = 1024;

/// All credentials.
#[derive(Debug, Default)]
pub struct Credentials {
    by_user: BTreeMap<String, BTreeMap<i8, Credential>>,
}

/// What a user proves his password with.
struct Credential {
    iterations: i32,
    #[expect(dead_code, reason = "kept as a broker keeps it; nobody can log in to a sandbox")]
    secret: (Bytes, Bytes),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").finish_non_exhaustive()
    }
}

/// Answers a DescribeUserScramCredentials request.
pub fn describe(broker: &mut Broker, _: &Call, request: DescribeUserScramCredentialsRequest) -> DescribeUserScramCredentialsResponse {
    let by_user = &broker.credentials.by_user;
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for user in request.users.unwrap_or_default() {
        *asked.entry(user.name.to_string()).or_default() += 1;
    }
    if asked.is_empty() {
        asked = by_user.keys().map(|user| (user.clone(), 1)).collect();
    }
    let one = |(user, times): (String, usize)| {
        let outcome = match by_user.get(&user) {
            _ if times > 1 => {
                let message = format!("Cannot describe SCRAM credentials for the same user twice in a single request: {user}");
                Err(Refusal::saying(ResponseError::DuplicateResource, message))
            }
            None => {
                let message = format!("Attempt to describe a user credential that does not exist: {user}");
                Err(Refusal::saying(ResponseError::ResourceNotFound, message))
            }
            Some(credentials) => Ok(credentials),
        };
        let info = |(mechanism, credential): (&i8, &Credential)| {
            CredentialInfo::default().with_mechanism(*mechanism).with_iterations(credential.iterations)
        };
        let result =
            DescribeUserScramCredentialsResult::default().with_user(StrBytes::from_string(user)).with_error_code(code_of(&outcome));
        match outcome {
            Ok(credentials) => result.with_credential_infos(credentials.iter().map(info).collect()),
            Err(refusal) => result.with_error_message(refusal.text()),
        }
    };
    DescribeUserScramCredentialsResponse::default().with_results(asked.into_iter().map(one).collect())
}

/// Answers an AlterUserScramCredentials request.
pub fn alter(broker: &mut Broker, _: &Call, request: AlterUserScramCredentialsRequest) -> AlterUserScramCredentialsResponse {
    let outcomes = broker.credentials.alter(request);
    let one = |(user, outcome): (String, Result<(), Refusal>)| {
        let result = AlterUserScramCredentialsResult::default().with_user(StrBytes::from_string(user)).with_error_code(code_of(&outcome));
        result.with_error_message(outcome.err().and_then(|refusal| refusal.text()))
    };
    AlterUserScramCredentialsResponse::default().with_results(outcomes.into_iter().map(one).collect())
}

impl Credentials {
    /// Makes the changes that can be made. Each user appears once in the answer: first those with a deletion, then those
    /// with an upsertion, then the refused ones.
    fn alter(&mut self, request: AlterUserScramCredentialsRequest) -> Vec<(String, Result<(), Refusal>)> {
        let mut refused: BTreeMap<String, Refusal> = BTreeMap::new();
        let mut deletions: BTreeMap<String, i8> = BTreeMap::new();
        let mut upsertions: BTreeMap<String, ScramCredentialUpsertion> = BTreeMap::new();
        for deletion in request.deletions {
            let name = deletion.name.to_string();
            if refused.contains_key(&name) {
                continue;
            }
            let outcome = match deletions.remove(&name) {
                Some(_) => Err(twice()),
                None => self.check_deletion(&name, deletion.mechanism),
            };
            match outcome {
                Ok(()) => drop(deletions.insert(name, deletion.mechanism)),
                Err(refusal) => drop(refused.insert(name, refusal)),
            }
        }
        for upsertion in request.upsertions {
            let name = upsertion.name.to_string();
            if refused.contains_key(&name) {
                continue;
            }
            let before = deletions.remove(&name).is_some() | upsertions.remove(&name).is_some();
            match if before { Err(twice()) } else { check_upsertion(&upsertion) } {
                Ok(()) => drop(upsertions.insert(name, upsertion)),
                Err(refusal) => drop(refused.insert(name, refusal)),
            }
        }
        let mut outcomes = Vec::new();
        for (name, mechanism) in deletions {
            if let Some(credentials) = self.by_user.get_mut(&name) {
                credentials.remove(&mechanism);
                if credentials.is_empty() {
                    self.by_user.remove(&name);
                }
            }
            outcomes.push((name, Ok(())));
        }
        for (name, upsertion) in upsertions {
            let outcome = self.upsert(&name, &upsertion);
            outcomes.push((name, outcome));
        }
        outcomes.extend(refused.into_iter().map(|(name, refusal)| (name, Err(refusal))));
        outcomes
    }

    fn check_deletion(&self, name: &str, mechanism: i8) -> Result<(), Refusal> {
        check_name_and_mechanism(name, mechanism)?;
        if self.by_user.get(name).is_none_or(|credentials| !credentials.contains_key(&mechanism)) {
            let message = "Attempt to delete a user credential that does not exist";
            return Err(Refusal::saying(ResponseError::ResourceNotFound, message));
        }
        Ok(())
    }

    fn upsert(&mut self, name: &str, upsertion: &ScramCredentialUpsertion) -> Result<(), Refusal> {
        let lengths = [name.len(), upsertion.salt.len(), upsertion.salted_password.len()];
        if lengths.into_iter().any(|length| length > MAX_LENGTH) {
            return Err(unacceptable(&format!("The sandbox keeps names, salts and passwords of up to {MAX_LENGTH} bytes")));
        }
        if self.by_user.len() >= MAX_CREDENTIALS && !self.by_user.contains_key(name) {
            return Err(unacceptable(&format!("The sandbox keeps credentials of up to {MAX_CREDENTIALS} users")));
        }
        // The request's bytes are copied, so that the rest of the request need not stay in memory.
        let secret = (Bytes::copy_from_slice(&upsertion.salt), Bytes::copy_from_slice(&upsertion.salted_password));
        let credential = Credential { iterations: upsertion.iterations, secret };
        self.by_user.entry(name.to_owned()).or_default().insert(upsertion.mechanism, credential);
        Ok(())
    }
}

fn check_upsertion(upsertion: &ScramCredentialUpsertion) -> Result<(), Refusal> {
    check_name_and_mechanism(&upsertion.name, upsertion.mechanism)?;
    match upsertion.iterations {
        ..MIN_ITERATIONS => Err(unacceptable("Too few iterations")),
        MIN_ITERATIONS..=MAX_ITERATIONS => Ok(()),
        _ => Err(unacceptable("Too many iterations")),
    }
}

fn check_name_and_mechanism(name: &str, mechanism: i8) -> Result<(), Refusal> {
    if name.is_empty() {
        return Err(unacceptable("Username must not be empty"));
    }
    if !MECHANISMS.contains(&mechanism) {
        return Err(Refusal::saying(ResponseError::UnsupportedSaslMechanism, "Unknown SCRAM mechanism"));
    }
    Ok(())
}

fn twice() -> Refusal {
    Refusal::saying(ResponseError::DuplicateResource, "A user credential cannot be altered twice in the same request")
}

fn unacceptable(message: &str) -> Refusal {
    Refusal::saying(ResponseError::UnacceptableCredential, message)
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::alter_user_scram_credentials_request::ScramCredentialDeletion;

    use super::*;

    fn text(text: &str) -> StrBytes {
        StrBytes::from_string(text.to_owned())
    }

    fn set(name: &str, mechanism: i8, iterations: i32) -> ScramCredentialUpsertion {
        ScramCredentialUpsertion::default().with_name(text(name)).with_mechanism(mechanism).with_iterations(iterations)
    }

    fn unset(name: &str, mechanism: i8) -> ScramCredentialDeletion {
        ScramCredentialDeletion::default().with_name(text(name)).with_mechanism(mechanism)
    }

    fn alter(
        credentials: &mut Credentials,
        deletions: Vec<ScramCredentialDeletion>,
        upsertions: Vec<ScramCredentialUpsertion>,
    ) -> Vec<(String, i16, String)> {
        let request = AlterUserScramCredentialsRequest::default().with_deletions(deletions).with_upsertions(upsertions);
        let told = |(user, outcome): (String, Result<(), Refusal>)| {
            let code = code_of(&outcome);
            (user, code, outcome.err().and_then(|refusal| refusal.message).unwrap_or_default())
        };
        credentials.alter(request).into_iter().map(told).collect()
    }

    #[test]
    fn credentials_come_and_go() {
        let mut credentials = Credentials::default();
        assert_eq!(alter(&mut credentials, vec![], vec![set("a", 1, 4096)]), [("a".into(), 0, String::new())]);
        assert_eq!(alter(&mut credentials, vec![], vec![set("a", 2, 16384)]), [("a".into(), 0, String::new())]);
        assert_eq!(alter(&mut credentials, vec![unset("a", 1)], vec![]), [("a".into(), 0, String::new())]);
        assert_eq!(credentials.by_user.get("a").map(BTreeMap::len), Some(1));
        assert_eq!(alter(&mut credentials, vec![unset("a", 2)], vec![]), [("a".into(), 0, String::new())]);
        assert!(credentials.by_user.is_empty());
    }

    #[test]
    fn wrong_credentials_are_refused_in_the_brokers_words() {
        let mut credentials = Credentials::default();
        let mut refused = |deletions, upsertions, user: &str, code, why: &str| {
            assert_eq!(alter(&mut credentials, deletions, upsertions), [(user.to_owned(), code, why.to_owned())]);
        };
        refused(vec![], vec![set("a", 1, 4095)], "a", 93, "Too few iterations");
        refused(vec![], vec![set("a", 1, 16385)], "a", 93, "Too many iterations");
        refused(vec![], vec![set("", 1, 4096)], "", 93, "Username must not be empty");
        refused(vec![], vec![set("a", 3, 4096)], "a", 33, "Unknown SCRAM mechanism");
        refused(vec![unset("a", 1)], vec![], "a", 91, "Attempt to delete a user credential that does not exist");
        let twice = "A user credential cannot be altered twice in the same request";
        refused(vec![], vec![set("a", 1, 4096), set("a", 2, 4096)], "a", 92, twice);
        refused(vec![], vec![set("a", 1, 4096), set("a", 2, 4096), set("a", 2, 1)], "a", 92, twice);
    }

    #[test]
    fn nothing_secret_is_printed() {
        let mut credentials = Credentials::default();
        let upsertion = set("a", 1, 4096).with_salt(Bytes::from_static(b"pepper")).with_salted_password(Bytes::from_static(b"hunter2"));
        alter(&mut credentials, vec![], vec![upsertion]);
        assert_eq!(format!("{credentials:?}"), r#"Credentials { by_user: {"a": {1: Credential { .. }}} }"#);
    }
}
