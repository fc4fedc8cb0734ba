//! From the options that every admin tool has to a connected handle.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser as _};

use crate::context::Context;
use crate::failure::Failure;
use crate::java::split::split;
use crate::kafka::admin::Admin;
use crate::kafka::settings::{ClientSettings, Role, Sources};
pub use crate::kafka::wire::block_on;

/// The environment variable that stands in for `--bootstrap-server`.
pub const SERVERS_VARIABLE: &str = "KAFKA_BOOTSTRAP_SERVERS";

/// The options that say which cluster, and how to reach it.
#[derive(Args, Clone, Debug, Default)]
pub struct ClusterArgs {
    /// The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]
    #[arg(long, value_name = "SERVERS")]
    pub bootstrap_server: Option<String>,
    /// A file of client properties
    // An empty name is a file that cannot be read, as in Java, and not a word that cannot be understood.
    #[arg(long, value_name = "FILE", value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub command_config: Option<PathBuf>,
}

impl ClusterArgs {
    /// `--bootstrap-server`, or the environment's word for it.
    pub fn servers(&self) -> Option<String> {
        self.bootstrap_server.clone().or_else(|| std::env::var(SERVERS_VARIABLE).ok().filter(|servers| !servers.is_empty()))
    }

    /// Connects an admin handle. What the properties deserve a warning for is said on stderr.
    ///
    /// # Errors
    /// Settings that cannot be used, and a cluster that cannot be reached.
    pub async fn admin(&self, context: &Context) -> Result<Admin, Failure> {
        Ok(Admin::connect(self.settings(context)?).await?)
    }

    /// The same, for a tool that has an option for how long the whole command may take.
    ///
    /// # Errors
    /// Those of [`admin`](Self::admin).
    pub async fn admin_within(&self, context: &Context, allowed: Duration) -> Result<Admin, Failure> {
        Ok(Admin::connect(self.settings_within(context, allowed)?).await?)
    }

    /// The settings of such a handle, for a command that connects more than once.
    ///
    /// # Errors
    /// Settings that cannot be used.
    pub fn settings_within(&self, context: &Context, allowed: Duration) -> Result<ClientSettings, Failure> {
        let mut settings = self.settings(context)?;
        settings.api_timeout = allowed;
        Ok(settings)
    }

    /// Connects an admin handle to controllers instead of brokers.
    ///
    /// # Errors
    /// Those of [`admin`](Self::admin).
    pub async fn controller_admin(&self, context: &Context, controllers: String) -> Result<Admin, Failure> {
        Ok(Admin::connect_to_controllers(self.settings_for(context, Some(controllers))?).await?)
    }

    /// The settings of an admin handle, for a command that has to say more of a failure to connect.
    ///
    /// # Errors
    /// Settings that cannot be used.
    pub fn settings(&self, context: &Context) -> Result<ClientSettings, Failure> {
        self.settings_for(context, self.servers())
    }

    fn settings_for(&self, context: &Context, servers: Option<String>) -> Result<ClientSettings, Failure> {
        let sources = Sources { files: self.command_config.iter().cloned().collect(), bootstrap_servers: servers, ..Sources::default() };
        settings(context, Role::Admin, &sources)
    }
}

/// Resolves `sources`, and says on stderr what deserves a warning.
///
/// # Errors
/// Settings that cannot be used.
pub fn settings(context: &Context, role: Role, sources: &Sources) -> Result<ClientSettings, Failure> {
    let resolved = ClientSettings::resolve(role, sources)?;
    for warning in resolved.warnings {
        context.warn(format!("warning: {warning}"));
    }
    Ok(resolved.settings)
}

/// Refuses a list of servers that the Java console tools refuse before they do anything (`ToolsUtils.validateBootstrapServer`).
///
/// # Errors
/// Java's sentence.
pub fn check_servers(servers: Option<&str>) -> Result<(), Failure> {
    let Some(servers) = servers.filter(|servers| !servers.trim().is_empty()) else {
        return Err(Failure::usage("Error while validating the bootstrap address").hinted("give --bootstrap-server HOST:PORT"));
    };
    let has_port = |server: &str| {
        let port = server.rsplit_once(':').map_or("", |(host, port)| if host.contains(char::is_whitespace) { "" } else { port });
        !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
    };
    let servers = split(servers, ",");
    if servers.is_empty() || !servers.into_iter().all(has_port) {
        return Err(Failure::usage("Please provide valid host:port like host1:9091,host2:9092"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_need_a_port_each() {
        for fine in ["h:1", "h:1,[::1]:2", "PLAINTEXT://h:1", "h:1,"] {
            assert!(check_servers(Some(fine)).is_ok(), "{fine}");
        }
        for bad in ["h", "h:port", "h:", "h:1,h", "h:1, h:2", ","] {
            let failure = check_servers(Some(bad)).unwrap_err();
            assert_eq!(failure.complaint().unwrap().message, "Please provide valid host:port like host1:9091,host2:9092", "{bad}");
        }
        let failure = check_servers(Some(" ")).unwrap_err();
        assert_eq!(failure.complaint().unwrap().message, "Error while validating the bootstrap address");
    }
}
