//! SCRAM credentials of users: describe, set, delete (KIP-554).

use bytes::Bytes;
use kafka_protocol::messages::alter_user_scram_credentials_request::{ScramCredentialDeletion, ScramCredentialUpsertion};
use kafka_protocol::messages::describe_user_scram_credentials_request::UserName;
use kafka_protocol::messages::{AlterUserScramCredentialsRequest, DescribeUserScramCredentialsRequest};
use kafka_protocol::protocol::StrBytes;
use openssl::hash::MessageDigest;

use super::{Admin, ItemResult, in_order};
use crate::kafka::error::{BrokerError, Error, ErrorCode, Result};
use crate::kafka::model::{ScramCredential, ScramMechanism, UserCredentials};
use crate::kafka::wire::{Target, ensure_fits};

/// Bytes of a fresh salt.
const SALT_LENGTH: usize = 24;

/// One change of a user's credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialChange {
    Delete(ScramMechanism),
    Upsert(Upsertion),
}

/// A credential to set. What goes to the broker is the salted password, never the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Upsertion {
    pub mechanism: ScramMechanism,
    pub iterations: i32,
    pub password: String,
}

impl std::fmt::Debug for Upsertion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upsertion").field("mechanism", &self.mechanism).field("iterations", &self.iterations).finish_non_exhaustive()
    }
}

impl Admin {
    /// The credentials of `users`, or of everybody who has some (`None`), in the broker's order.
    ///
    /// A user without credentials is left out.
    ///
    /// # Errors
    /// Those of the request; a user whose credentials cannot be told has an error of its own.
    pub async fn describe_user_scram_credentials(&self, users: Option<&[String]>) -> Result<Vec<(String, ItemResult<UserCredentials>)>> {
        users.into_iter().flatten().try_for_each(|user| ensure_fits("a user's name", user))?;
        let name = |user: &String| UserName::default().with_name(StrBytes::from_string(user.clone()));
        let request = DescribeUserScramCredentialsRequest::default().with_users(users.map(|users| users.iter().map(name).collect()));
        let response = self
            .cluster
            .retrying("DescribeUserScramCredentials", async || {
                let response = self.cluster.send(&Target::Any, &request).await?;
                BrokerError::check(response.error_code, response.error_message.as_deref())?;
                Ok(response)
            })
            .await?;
        let described = response.results.iter().filter(|result| ErrorCode(result.error_code) != ErrorCode::RESOURCE_NOT_FOUND);
        let outcome = |result: &kafka_protocol::messages::describe_user_scram_credentials_response::DescribeUserScramCredentialsResult| {
            let user = result.user.to_string();
            let credential = |info: &kafka_protocol::messages::describe_user_scram_credentials_response::CredentialInfo| ScramCredential {
                mechanism: ScramMechanism::from_code(info.mechanism),
                iterations: info.iterations,
            };
            let outcome = BrokerError::check(result.error_code, result.error_message.as_deref())
                .map(|()| UserCredentials { user: user.clone(), credentials: result.credential_infos.iter().map(credential).collect() });
            (user, outcome)
        };
        Ok(described.map(outcome).collect())
    }

    /// Changes credentials of one user.
    ///
    /// # Errors
    /// Those of the request; the broker's refusal is the inner error.
    pub async fn alter_user_scram_credentials(&self, user: &str, changes: &[CredentialChange]) -> Result<ItemResult<()>> {
        ensure_fits("a user's name", user)?;
        let name = StrBytes::from_string(user.to_owned());
        let mut request = AlterUserScramCredentialsRequest::default();
        for change in changes {
            match change {
                CredentialChange::Delete(mechanism) => {
                    let deletion = ScramCredentialDeletion::default().with_name(name.clone()).with_mechanism(mechanism.code());
                    request.deletions.push(deletion);
                }
                CredentialChange::Upsert(upsertion) => request.upsertions.push(salted(upsertion)?.with_name(name.clone())),
            }
        }
        let user = user.to_owned();
        let outcomes = self.per_item("AlterUserScramCredentials", std::slice::from_ref(&user), async |users| {
            let response = self.cluster.send(&Target::Controller, &request).await?;
            let answered = response
                .results
                .iter()
                .map(|result| (result.user.to_string(), BrokerError::check(result.error_code, result.error_message.as_deref())));
            Ok(in_order(users.iter().cloned(), answered))
        });
        Ok(outcomes.await?.remove(0))
    }
}

fn salted(upsertion: &Upsertion) -> Result<ScramCredentialUpsertion> {
    let failed = |error: openssl::error::ErrorStack| Error::Client(format!("cannot make the credential: {error}"));
    let mut salt = [0; SALT_LENGTH];
    openssl::rand::rand_bytes(&mut salt).map_err(failed)?;
    Ok(ScramCredentialUpsertion::default()
        .with_mechanism(upsertion.mechanism.code())
        .with_iterations(upsertion.iterations)
        .with_salted_password(Bytes::from(salted_password(upsertion, &salt).map_err(failed)?))
        .with_salt(Bytes::copy_from_slice(&salt)))
}

/// `Hi()` of RFC 5802, which is PBKDF2 with the mechanism's HMAC and as many bytes as its hash has.
fn salted_password(upsertion: &Upsertion, salt: &[u8]) -> std::result::Result<Vec<u8>, openssl::error::ErrorStack> {
    let digest = match upsertion.mechanism {
        ScramMechanism::Sha256 => MessageDigest::sha256(),
        ScramMechanism::Sha512 => MessageDigest::sha512(),
    };
    let iterations = usize::try_from(upsertion.iterations).unwrap_or(0);
    let mut salted = vec![0; digest.size()];
    openssl::pkcs5::pbkdf2_hmac(upsertion.password.as_bytes(), salt, iterations, digest, &mut salted)?;
    Ok(salted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }

    /// The known answers of PBKDF2-HMAC-SHA-256 and -512 for "password", "salt".
    #[test]
    fn passwords_are_salted_as_in_rfc_5802() {
        let salted = |mechanism, iterations| {
            hex(&salted_password(&Upsertion { mechanism, iterations, password: "password".into() }, b"salt").unwrap())
        };
        assert_eq!(salted(ScramMechanism::Sha256, 4096), "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a");
        assert!(salted(ScramMechanism::Sha512, 4096).starts_with("d197b1b33db0143e018b12f3d1d1479e6cdebdcc97c5c0f87f6902e072f457b5"));
    }

    #[test]
    fn a_password_is_not_shown_by_debug() {
        let upsertion = Upsertion { mechanism: ScramMechanism::Sha256, iterations: 4096, password: "pssst".into() };
        assert!(!format!("{upsertion:?}").contains("pssst"));
    }
}
