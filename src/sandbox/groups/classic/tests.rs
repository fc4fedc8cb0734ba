use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::{JoinGroupResponse, SyncGroupResponse};
use tokio::sync::oneshot::{self, Receiver};

use super::*;
use crate::sandbox::groups::journal::Journal;

const SESSION: i32 = 10_000;
const REBALANCE: i32 = 60_000;

/// A group, and what a client does with it.
struct Scene {
    group: ClassicGroup,
    journal: Journal,
    now: i64,
}

impl Scene {
    fn new() -> Self {
        Self { group: ClassicGroup::new("g"), journal: Journal::default(), now: 1_000 }
    }

    fn ask(&mut self, join: Join) -> Receiver<JoinGroupResponse> {
        let (answer, answered) = oneshot::channel();
        self.group.join(join, answer, self.now, &mut self.journal);
        answered
    }

    fn join(&mut self, id: &str) -> Receiver<JoinGroupResponse> {
        self.ask(asking(id))
    }

    /// Joins as a new member does: with the id that it is given.
    fn enter(&mut self) -> (String, Receiver<JoinGroupResponse>) {
        let first = self.join("").try_recv().unwrap();
        assert_eq!(first.error_code, ResponseError::MemberIdRequired.code());
        let id = first.member_id.to_string();
        let answered = self.join(&id);
        (id, answered)
    }

    fn sync(&mut self, id: &str, generation: i32, assignments: &[(&str, &'static [u8])]) -> Receiver<SyncGroupResponse> {
        let (answer, answered) = oneshot::channel();
        let assignments = assignments.iter().map(|(id, bytes)| ((*id).to_owned(), Bytes::from_static(bytes)));
        let sync = Sync {
            id: id.to_owned(),
            instance: None,
            generation,
            protocol_type: Some("consumer".into()),
            protocol: Some("range".into()),
            assignments: assignments.collect::<BTreeMap<_, _>>(),
        };
        self.group.sync(sync, answer, self.now, &mut self.journal);
        answered
    }

    fn beat(&mut self, id: &str, generation: i32) -> Result<(), ResponseError> {
        self.group.heartbeat(id, None, generation, self.now)
    }

    fn after(&mut self, milliseconds: i32) {
        self.now += i64::from(milliseconds);
        self.group.expire(self.now, &mut self.journal);
    }

    /// A stable group of one, and the id of that one.
    fn stable() -> (Self, String) {
        let mut scene = Self::new();
        let (id, mut joined) = scene.enter();
        assert_eq!(joined.try_recv().unwrap().generation_id, 1);
        assert_eq!(&scene.sync(&id, 1, &[(&id, b"all")]).try_recv().unwrap().assignment[..], b"all");
        assert_eq!(scene.group.state, State::Stable);
        (scene, id)
    }

    /// A stable group of one static member.
    fn stable_static() -> (Self, String) {
        let mut scene = Self::new();
        let id = scene.ask(Join { instance: Some("one".into()), ..asking("") }).try_recv().unwrap().member_id.to_string();
        scene.sync(&id, 1, &[(&id, b"all")]).try_recv().unwrap();
        (scene, id)
    }
}

fn asking(id: &str) -> Join {
    // The subscription of a consumer to the topic "t".
    let metadata = Bytes::from_static(b"\x00\x00\x00\x00\x00\x01\x00\x01t\xff\xff\xff\xff");
    Join {
        version: 9,
        client_id: "client".into(),
        client_host: "/127.0.0.1".into(),
        id: id.to_owned(),
        instance: None,
        protocol_type: "consumer".into(),
        protocols: vec![("range".into(), metadata)],
        rebalance_timeout: REBALANCE,
        session_timeout: SESSION,
        max_size: 1_000,
    }
}

#[test]
fn the_first_member_leads_and_needs_not_wait() {
    let (mut scene, id) = Scene::stable();
    assert!(id.starts_with("client-"));
    assert_eq!(scene.group.leader.as_deref(), Some(&*id));
    assert!(scene.group.reads("t") && !scene.group.reads("u"));
    assert_eq!(scene.beat(&id, 1), Ok(()));
    assert_eq!(scene.beat(&id, 0), Err(ResponseError::IllegalGeneration));
    assert_eq!(scene.beat("other", 1), Err(ResponseError::UnknownMemberId));
}

#[test]
fn an_old_client_joins_without_asking_twice() {
    let mut scene = Scene::new();
    let joined = scene.ask(Join { version: 3, ..asking("") }).try_recv().unwrap();
    assert_eq!((joined.error_code, joined.generation_id), (0, 1));
}

#[test]
fn a_second_member_has_all_join_anew() {
    let (mut scene, first) = Scene::stable();
    let (second, mut second_joined) = scene.enter();
    assert!(second_joined.try_recv().is_err(), "it waits for the first");
    assert_eq!(scene.beat(&first, 1), Err(ResponseError::RebalanceInProgress));
    assert_eq!(scene.sync(&first, 1, &[]).try_recv().unwrap().error_code, ResponseError::RebalanceInProgress.code());
    let leader = scene.join(&first).try_recv().unwrap();
    assert_eq!((leader.generation_id, leader.members.len(), &*leader.leader), (2, 2, &*first));
    let other = second_joined.try_recv().unwrap();
    assert_eq!((other.generation_id, other.members.len(), &*other.leader), (2, 0, &*first));
    let mut waiting = scene.sync(&second, 2, &[]);
    assert!(waiting.try_recv().is_err(), "the leader has not assigned yet");
    let own = scene.sync(&first, 2, &[(&first, b"1"), (&second, b"2")]).try_recv().unwrap();
    assert_eq!((&own.assignment[..], &waiting.try_recv().unwrap().assignment[..]), (&b"1"[..], &b"2"[..]));
}

#[test]
fn who_does_not_rejoin_in_time_is_out() {
    let (mut scene, first) = Scene::stable();
    let (second, mut joined) = scene.enter();
    for _ in 0..REBALANCE / 5_000 {
        assert!(joined.try_recv().is_err());
        let _ = scene.beat(&first, 1);
        scene.after(5_000);
    }
    let joined = joined.try_recv().unwrap();
    assert_eq!((joined.generation_id, &*joined.leader), (2, &*second));
    assert_eq!(scene.beat(&first, 1), Err(ResponseError::UnknownMemberId));
}

#[test]
fn who_vanishes_stays_until_its_session_ends() {
    let (mut scene, id) = Scene::stable();
    scene.after(SESSION - 1);
    assert_eq!((scene.group.state, scene.group.members.len()), (State::Stable, 1));
    scene.after(1);
    assert_eq!((scene.group.state, scene.group.generation), (State::Empty, 2));
    assert_eq!(scene.group.protocol_type.as_deref(), Some("consumer"));
    assert_eq!(scene.join(&id).try_recv().unwrap().error_code, ResponseError::UnknownMemberId.code());
}

#[test]
fn who_waits_for_others_needs_no_heartbeat() {
    let (mut scene, first) = Scene::stable();
    let (second, _joined) = scene.enter();
    scene.join(&first).try_recv().unwrap();
    scene.sync(&first, 2, &[]).try_recv().unwrap();
    // The first joins again, and waits for the second, which is alive but slow.
    let mut again = scene.join(&first);
    for _ in 0..5 {
        scene.after(SESSION / 2);
        let _ = scene.beat(&second, 2);
    }
    assert!(again.try_recv().is_err());
    assert_eq!(scene.group.members.len(), 2);
}

#[test]
fn an_id_that_is_not_used_is_forgotten() {
    let mut scene = Scene::new();
    let id = scene.join("").try_recv().unwrap().member_id.to_string();
    scene.after(SESSION);
    assert_eq!(scene.join(&id).try_recv().unwrap().error_code, ResponseError::UnknownMemberId.code());
}

#[test]
fn who_does_not_ask_for_its_assignment_is_out() {
    let (mut scene, first) = Scene::stable();
    let (_, _joined) = scene.enter();
    scene.join(&first).try_recv().unwrap();
    scene.sync(&first, 2, &[]).try_recv().unwrap();
    for _ in 0..REBALANCE / 5_000 {
        let _ = scene.beat(&first, 2);
        let others: Vec<String> = scene.group.members.keys().filter(|id| **id != first).cloned().collect();
        for id in others {
            let _ = scene.beat(&id, 2);
        }
        scene.after(5_000);
    }
    assert_eq!(scene.group.members.keys().collect::<Vec<_>>(), [&first]);
}

#[test]
fn another_protocol_is_refused() {
    let (mut scene, _) = Scene::stable();
    let refused = |scene: &mut Scene, join| scene.ask(join).try_recv().unwrap().error_code;
    let inconsistent = ResponseError::InconsistentGroupProtocol.code();
    assert_eq!(refused(&mut scene, Join { protocol_type: "connect".into(), ..asking("") }), inconsistent);
    assert_eq!(refused(&mut scene, Join { protocols: vec![("other".into(), Bytes::new())], ..asking("") }), inconsistent);
    assert_eq!(refused(&mut Scene::new(), Join { protocols: Vec::new(), ..asking("") }), inconsistent);
}

#[test]
fn the_protocol_is_one_that_all_have() {
    let mut scene = Scene::new();
    let both = || vec![("sticky".to_owned(), Bytes::new()), ("range".to_owned(), Bytes::new())];
    let id = scene.ask(Join { protocols: both(), version: 3, ..asking("") }).try_recv().unwrap();
    assert_eq!(id.protocol_name.as_deref(), Some("sticky"));
    let mut joined = scene.ask(Join { version: 3, ..asking("") });
    scene.ask(Join { protocols: both(), ..asking(&id.member_id) });
    assert_eq!(joined.try_recv().unwrap().protocol_name.as_deref(), Some("range"));
}

#[test]
fn a_static_member_that_is_started_again_changes_nothing() {
    let (mut scene, old) = Scene::stable_static();
    assert!(old.starts_with("one-"));
    let back = scene.ask(Join { instance: Some("one".into()), ..asking("") }).try_recv().unwrap();
    assert_eq!((back.error_code, back.generation_id, back.skip_assignment), (0, 1, true));
    assert_ne!(&*back.member_id, old);
    assert_eq!(scene.group.state, State::Stable);
    assert_eq!(&scene.sync(&back.member_id, 1, &[]).try_recv().unwrap().assignment[..], b"all");
    assert_eq!(scene.group.heartbeat(&old, Some("one"), 1, scene.now), Err(ResponseError::FencedInstanceId));
    assert_eq!(scene.group.heartbeat(&old, Some("two"), 1, scene.now), Err(ResponseError::UnknownMemberId));
}

#[test]
fn an_old_static_client_is_told_who_led_before() {
    let (mut scene, old) = Scene::stable_static();
    let back = scene.ask(Join { instance: Some("one".into()), version: 5, ..asking("") }).try_recv().unwrap();
    assert_eq!((&*back.leader, back.skip_assignment, back.members.len()), (&*old, false, 0));
}

#[test]
fn members_leave_by_id_or_by_instance() {
    let (mut scene, id) = Scene::stable_static();
    let leave = |scene: &mut Scene, id: &str, instance: Option<&str>| {
        scene.group.leave(&[(id.to_owned(), instance.map(str::to_owned))], scene.now, &mut scene.journal).remove(0)
    };
    assert_eq!(leave(&mut scene, "", Some("two")), Err(ResponseError::UnknownMemberId));
    assert_eq!(leave(&mut scene, "x", None), Err(ResponseError::UnknownMemberId));
    assert_eq!(leave(&mut scene, "x", Some("one")), Err(ResponseError::FencedInstanceId));
    assert_eq!(leave(&mut scene, "", Some("one")), Ok(()));
    assert_eq!(scene.group.state, State::Empty);
    assert_eq!(leave(&mut scene, &id, None), Err(ResponseError::UnknownMemberId));
}

#[test]
fn only_members_commit_to_a_group_that_has_some() {
    let (mut scene, id) = Scene::stable();
    let mut commit = |id: &str, generation| scene.group.check_commit(id, None, generation, false, 0);
    assert_eq!(commit(&id, 1), Ok(()));
    assert_eq!(commit(&id, 0), Err(ResponseError::IllegalGeneration));
    assert_eq!(commit("", -1), Err(ResponseError::UnknownMemberId));
    assert_eq!(commit("other", 1), Err(ResponseError::UnknownMemberId));
    assert_eq!(scene.group.check_commit("", None, -1, true, 0), Ok(()), "a producer that does not tell its generation");
    assert_eq!(ClassicGroup::new("g").check_commit("", None, -1, false, 0), Ok(()));
    let (_, _joined) = scene.enter();
    scene.join(&id).try_recv().unwrap();
    assert_eq!(scene.group.check_commit(&id, None, 2, false, 0), Err(ResponseError::RebalanceInProgress));
}

#[test]
fn subscriptions_that_cannot_be_read_are_no_reason_to_fail() {
    assert_eq!(subscription(&Bytes::from_static(b"\x00\x00\x00\x00\x00\x01\x00\x01t")), Some(vec!["t".to_owned()]));
    assert_eq!(subscription(&Bytes::from_static(b"\x00\x00\x7f\xff\xff\xff\x00\x01t")), None);
    assert_eq!(subscription(&Bytes::from_static(b"\x00")), None);
    assert_eq!(subscription(&Bytes::from_static(b"\x00\x00\x00\x00\x00\x01\xff\xfft")), None);
}

#[test]
fn what_is_written_is_the_group_when_it_is_stable_and_when_it_is_empty() {
    let (mut scene, _) = Scene::stable();
    assert_eq!(scene.journal.take().len(), 1);
    scene.after(SESSION);
    let records = scene.journal.take();
    assert_eq!(records.len(), 1);
    // Type "consumer", generation 2, no protocol, no leader, the time, no members.
    let expected = b"\x00\x03\x00\x08consumer\x00\x00\x00\x02\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x2a\xf8\x00\x00\x00\x00";
    assert_eq!(records[0].value.as_deref(), Some(&expected[..]));
}
