//! JoinGroup: who comes, comes back, or takes a static member's place.

use bytes::Bytes;
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::JoinGroupResponse;
use kafka_protocol::messages::join_group_response::JoinGroupResponseMember;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::super::journal::Journal;
use super::super::text;
use super::{ClassicGroup, Member, State};

/// How long a new member may take to be in its first generation, in milliseconds
/// (`ClassicGroup.classicGroupNewMemberJoinTimeoutMs`).
const NEW_MEMBER_TIMEOUT: i64 = 5 * 60 * 1000;

/// Since this version a new member has to ask twice: with the id that it was given (KIP-394).
const KNOWN_ID: i16 = 4;

/// Since this version a static leader that comes back may be told to leave the assignment as it is (KIP-814).
const SKIPS_ASSIGNMENT: i16 = 9;

/// What a JoinGroup request asks.
#[derive(Clone, Debug)]
pub struct Join {
    pub version: i16,
    pub client_id: String,
    pub client_host: String,
    pub id: String,
    pub instance: Option<String>,
    pub protocol_type: String,
    pub protocols: Vec<(String, Bytes)>,
    pub rebalance_timeout: i32,
    pub session_timeout: i32,
    /// How many members the group may have (`group.max.size`).
    pub max_size: usize,
}

/// Where the answer goes: at once, or when the generation is complete.
type Answer = oneshot::Sender<JoinGroupResponse>;

impl ClassicGroup {
    /// Handles a JoinGroup.
    pub fn join(&mut self, join: Join, answer: Answer, now: i64, journal: &mut Journal) {
        if !self.has_room(&join.id, join.max_size) {
            self.remove(&join.id);
            return refuse(answer, "", ResponseError::GroupMaxSizeReached);
        }
        if !self.suits(&join) {
            return refuse(answer, &join.id, ResponseError::InconsistentGroupProtocol);
        }
        if join.id.is_empty() { self.join_new(join, answer, now, journal) } else { self.join_known(join, answer, now, journal) }
    }

    /// Whether there is room for that member.
    fn has_room(&self, id: &str, max_size: usize) -> bool {
        // Ids that were given out count as well: a client could ask for any number of them.
        let pending = self.pending.contains_key(id) || self.pending.len() < max_size;
        pending
            && match self.state {
                State::Empty => true,
                State::PreparingRebalance => {
                    let joining = self.members.values().filter(|member| member.joining.is_some()).count();
                    self.members.get(id).is_some_and(|member| member.joining.is_some()) || joining < max_size
                }
                State::CompletingRebalance | State::Stable => self.members.contains_key(id) || self.members.len() < max_size,
            }
    }

    /// Whether the member has a protocol in common with all that are there.
    pub fn suits(&self, join: &Join) -> bool {
        if self.is_empty() {
            return !join.protocol_type.is_empty() && !join.protocols.is_empty();
        }
        let common = |(name, _): &(String, Bytes)| self.members.values().all(|member| member.supports(name));
        self.protocol_type.as_deref() == Some(&join.protocol_type) && join.protocols.iter().any(common)
    }

    fn join_new(&mut self, join: Join, answer: Answer, now: i64, journal: &mut Journal) {
        let id = format!("{}-{}", join.instance.as_ref().unwrap_or(&join.client_id), Uuid::new_v4());
        if let Some(instance) = join.instance.clone() {
            match self.instances.get(&instance).cloned() {
                Some(old) => self.replace(&old, &id, &join, answer, now, journal),
                None => self.add(&id, join, answer, now, journal),
            }
        } else if join.version >= KNOWN_ID {
            self.pending.insert(id.clone(), now.saturating_add(join.session_timeout.into()));
            refuse(answer, &id, ResponseError::MemberIdRequired);
        } else {
            self.add(&id, join, answer, now, journal);
        }
    }

    fn join_known(&mut self, join: Join, answer: Answer, now: i64, journal: &mut Journal) {
        let id = join.id.clone();
        if self.pending.contains_key(&id) {
            if join.instance.is_some() {
                return refuse(answer, &id, ResponseError::UnknownServerError);
            }
            return self.add(&id, join, answer, now, journal);
        }
        if let Err(error) = self.check_member(&id, join.instance.as_deref()) {
            return refuse(answer, &id, error);
        }
        let same = self.members.get(&id).is_some_and(|member| member.protocols == join.protocols);
        let leads = self.leader.as_deref() == Some(&id);
        match self.state {
            State::Empty => refuse(answer, &id, ResponseError::UnknownMemberId),
            // It has missed the answer to its JoinGroup: the generation stands.
            State::CompletingRebalance if same => reply(answer, self.generation_for(&id)),
            State::Stable if same && !leads => reply(answer, self.generation_for(&id)),
            _ => {
                self.update(&id, &join, Some(answer));
                self.rebalance(now, journal);
            }
        }
    }

    /// Adds a member, and has the group rebalance.
    fn add(&mut self, id: &str, join: Join, answer: Answer, now: i64, journal: &mut Journal) {
        self.pending.remove(id);
        if self.members.is_empty() {
            self.protocol_type = Some(join.protocol_type);
        }
        if let Some(instance) = &join.instance {
            self.instances.insert(instance.clone(), id.to_owned());
        }
        self.leader.get_or_insert_with(|| id.to_owned());
        let member = Member {
            id: id.to_owned(),
            instance: join.instance,
            client_id: join.client_id,
            client_host: join.client_host,
            rebalance_timeout: join.rebalance_timeout,
            session_timeout: join.session_timeout,
            protocols: join.protocols,
            assignment: Bytes::new(),
            joining: Some(answer),
            syncing: None,
            is_new: true,
            until: Some(now.saturating_add(NEW_MEMBER_TIMEOUT)),
        };
        self.members.insert(id.to_owned(), member);
        self.rebalance(now, journal);
    }

    /// Takes over what a member says of itself now.
    fn update(&mut self, id: &str, join: &Join, answer: Option<Answer>) {
        if let Some(member) = self.members.get_mut(id) {
            member.protocols.clone_from(&join.protocols);
            member.rebalance_timeout = join.rebalance_timeout;
            member.session_timeout = join.session_timeout;
            if let Some(old) = std::mem::replace(&mut member.joining, answer) {
                // The client has asked again: it no longer listens for the first answer.
                refuse(old, id, ResponseError::RebalanceInProgress);
            }
        }
    }

    /// Puts a static member that was started again in the place of the one that had its instance id. Where the group is
    /// stable and would choose the same protocol, nobody else notices.
    fn replace(&mut self, old: &str, new: &str, join: &Join, answer: Answer, now: i64, journal: &mut Journal) {
        let leader_before = self.leader.clone();
        let Some(mut member) = self.members.remove(old) else {
            return refuse(answer, "", ResponseError::UnknownServerError);
        };
        let fenced = ResponseError::FencedInstanceId.code();
        member.answer_join(JoinGroupResponse::default().with_member_id(text(old)).with_error_code(fenced).with_generation_id(-1));
        member.answer_sync(kafka_protocol::messages::SyncGroupResponse::default().with_error_code(fenced), now);
        new.clone_into(&mut member.id);
        member.alive(now);
        self.members.insert(new.to_owned(), member);
        if let Some(instance) = &join.instance {
            self.instances.insert(instance.clone(), new.to_owned());
        }
        if self.leader.as_deref() == Some(old) {
            self.leader = Some(new.to_owned());
        }
        if self.pending_sync.remove(old) {
            self.pending_sync.insert(new.to_owned());
        }
        let version = join.version;
        self.update(new, join, Some(answer));
        match self.state {
            State::Stable if self.protocol == self.choose_protocol() => {
                journal.classic_group(self);
                let response = self.unchanged_for(new, version, leader_before);
                if let Some(member) = self.members.get_mut(new) {
                    member.answer_join(response);
                }
            }
            State::Stable => self.rebalance(now, journal),
            State::CompletingRebalance => self.prepare(now, journal),
            State::PreparingRebalance | State::Empty => self.complete_if_all_joined(now, journal),
        }
    }

    /// The answer to a static member that came back to a group that goes on as before.
    fn unchanged_for(&self, id: &str, version: i16, leader_before: Option<String>) -> JoinGroupResponse {
        if version >= SKIPS_ASSIGNMENT {
            let leads = self.leader.as_deref() == Some(id);
            return self.generation_for(id).with_skip_assignment(leads);
        }
        // An old client would assign anew if it were told that it leads: it is told who led before, which is not itself.
        self.generation_for(id).with_members(Vec::new()).with_leader(text(&leader_before.unwrap_or_default()))
    }

    /// The answer that tells a member of the generation; the leader is told who the others are.
    pub(super) fn generation_for(&self, id: &str) -> JoinGroupResponse {
        let protocol = self.protocol.as_deref();
        let one = |member: &Member| {
            JoinGroupResponseMember::default()
                .with_member_id(text(&member.id))
                .with_group_instance_id(member.instance.as_deref().map(text))
                .with_metadata(member.metadata(protocol))
        };
        let leads = self.leader.as_deref() == Some(id);
        JoinGroupResponse::default()
            .with_member_id(text(id))
            .with_generation_id(self.generation)
            .with_protocol_type(self.protocol_type.as_deref().map(text))
            .with_protocol_name(protocol.map(text))
            .with_leader(text(self.leader.as_deref().unwrap_or_default()))
            .with_members(if leads { self.members.values().map(one).collect() } else { Vec::new() })
    }
}

fn refuse(answer: Answer, id: &str, error: ResponseError) {
    reply(answer, refused(id, error.code()));
}

fn reply(answer: Answer, response: JoinGroupResponse) {
    // A client that has gone misses its answer.
    let _ = answer.send(response);
}

/// The answer to a JoinGroup that is refused.
pub fn refused(id: &str, code: i16) -> JoinGroupResponse {
    JoinGroupResponse::default().with_member_id(text(id)).with_error_code(code).with_generation_id(-1).with_protocol_name(None)
}
