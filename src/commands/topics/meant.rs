//! Which topics a command line means.

use std::cell::Cell;

use super::fault::refused;
use crate::context::Context;
use crate::failure::Failure;
use crate::java::pattern::IncludeList;
use crate::kafka::admin::Admin;
use crate::kafka::model::is_internal_topic;
use crate::render::Report;

/// The topics that an expression of the command line means, by name.
pub(super) async fn matching(admin: &Admin, expression: Option<&str>, exclude_internal: bool) -> Result<Vec<String>, Failure> {
    let include = compiled(expression)?;
    let meant = Meant::new(include.as_ref(), exclude_internal);
    let mut names = match meant.names() {
        Some(names) if names.is_empty() => names,
        Some(names) => admin.existing_topics(&names).await?,
        None => {
            let all = admin.list_topics().await?.into_iter().map(|topic| topic.name);
            all.filter(|name| meant.allows(name)).collect()
        }
    };
    meant.settled()?;
    names.sort();
    names.dedup();
    Ok(names)
}

pub(super) fn compiled(expression: Option<&str>) -> Result<Option<IncludeList>, Failure> {
    expression.map(IncludeList::compile).transpose().map_err(refused)
}

/// Which topics a command line means.
pub(super) struct Meant<'a> {
    include: Option<&'a IncludeList>,
    exclude_internal: bool,
    /// Why it could not be told of a topic whether it is meant.
    trouble: Cell<Option<String>>,
}

impl<'a> Meant<'a> {
    pub fn new(include: Option<&'a IncludeList>, exclude_internal: bool) -> Self {
        Self { include, exclude_internal, trouble: Cell::default() }
    }

    /// The names of all topics that are meant, where the expression is made of names.
    pub fn names(&self) -> Option<Vec<String>> {
        let names = self.include.and_then(IncludeList::names)?;
        Some(names.iter().filter(|name| self.allows(name)).cloned().collect())
    }

    /// Whether the topic with this name is meant.
    pub fn allows(&self, name: &str) -> bool {
        let included = self.include.map_or(Ok(true), |include| include.allows(name));
        let included = included.unwrap_or_else(|trouble| {
            self.trouble.set(Some(trouble));
            false
        });
        included && !(self.exclude_internal && is_internal_topic(name))
    }

    /// Whether that could be told of all topics.
    ///
    /// # Errors
    /// Why not.
    pub fn settled(&self) -> Result<(), Failure> {
        self.trouble.take().map_or(Ok(()), |trouble| Err(refused(trouble)))
    }
}

/// Refuses an expression that means no topic, unless that was to be fine or nothing was asked for. Scripts are told in their
/// own form that there is nothing.
pub(super) fn ensure_found(
    context: &mut Context,
    found: bool,
    expression: Option<&str>,
    if_exists: bool,
    nothing: &dyn Report,
) -> Result<(), Failure> {
    match expression {
        Some(expression) if !expression.is_empty() && !if_exists && !found => {
            not_found(context, format!("Topic '{expression}' does not exist as expected"), nothing)
        }
        _ => Ok(()),
    }
}

pub(super) fn not_found(context: &mut Context, message: String, nothing: &dyn Report) -> Result<(), Failure> {
    context.not_found(refused(message), nothing)
}
