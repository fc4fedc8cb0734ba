use kafka_protocol::error::ResponseError;

use super::*;
use crate::sandbox::groups::journal::Journal;

/// A group, the topics, and what members do.
struct Scene {
    group: ConsumerGroup,
    topics: Topics,
    settings: Settings,
    journal: Journal,
    now: i64,
}

impl Scene {
    /// A topic "t" with four partitions, and one "u" with two.
    fn new() -> Self {
        let mut topics = Topics::default();
        topics.insert("t", 4);
        topics.insert("u", 2);
        let settings = Settings { session_timeout: 45_000, assignment_interval: 0, max_size: 1_000 };
        Self { group: ConsumerGroup::new("g"), topics, settings, journal: Journal::default(), now: 1_000 }
    }

    fn beat(&mut self, ask: &Heartbeat) -> Result<Reply, Refusal> {
        self.group.heartbeat(ask, &self.topics, self.settings, self.now, &mut self.journal)
    }

    fn join(&mut self, id: &str) -> Reply {
        self.beat(&joining(id)).unwrap()
    }

    /// A heartbeat of a member that has what it was told to have.
    fn follow(&mut self, id: &str, epoch: i32) -> Reply {
        let owned =
            self.group.members[id].assigned.iter().map(|(topic, partitions)| (*topic, partitions.keys().copied().collect())).collect();
        self.beat(&Heartbeat { owned: Some(owned), ..staying(id, epoch) }).unwrap()
    }

    fn partitions(&self, reply: &Reply) -> Vec<String> {
        let topics = reply.assignment.as_ref().expect("an assignment");
        let named = topics.iter().flat_map(|(id, partitions)| {
            let name = self.topics.name_of(*id).unwrap();
            partitions.keys().map(move |partition| format!("{name}{partition}"))
        });
        let mut named: Vec<String> = named.collect();
        named.sort();
        named
    }

    fn after(&mut self, milliseconds: i64) {
        self.now += milliseconds;
        self.group.expire(self.now, &mut self.journal);
    }
}

fn joining(id: &str) -> Heartbeat {
    Heartbeat {
        version: 1,
        id: id.to_owned(),
        rebalance_timeout: 60_000,
        names: Some(vec!["t".to_owned()]),
        owned: Some(Vec::new()),
        ..Heartbeat::default()
    }
}

fn staying(id: &str, epoch: i32) -> Heartbeat {
    Heartbeat { version: 1, id: id.to_owned(), epoch, rebalance_timeout: -1, ..Heartbeat::default() }
}

fn code(outcome: Result<Reply, Refusal>) -> (i16, String) {
    let refusal = outcome.unwrap_err();
    (refusal.code, refusal.message.unwrap_or_default())
}

#[test]
fn the_first_member_gets_all() {
    let mut scene = Scene::new();
    let reply = scene.join("a");
    assert_eq!((reply.epoch, scene.partitions(&reply)), (2, vec!["t0".into(), "t1".into(), "t2".into(), "t3".into()]));
    assert_eq!(scene.group.state(), "Stable");
    assert_eq!(scene.beat(&staying("a", 2)).unwrap().assignment, None, "nothing has changed");
}

#[test]
fn partitions_are_given_up_before_another_gets_them() {
    let mut scene = Scene::new();
    scene.join("a");
    let second = scene.join("b");
    assert_eq!((second.epoch, scene.partitions(&second)), (3, Vec::<String>::new()));
    assert_eq!(scene.group.state(), "Reconciling");
    let first = scene.beat(&staying("a", 2)).unwrap();
    assert_eq!((first.epoch, scene.partitions(&first)), (2, vec!["t0".into(), "t1".into()]));
    assert_eq!(scene.beat(&staying("b", 3)).unwrap().assignment, None, "the first has not said that it gave them up");
    assert_eq!(scene.follow("a", 2).epoch, 3);
    let second = scene.beat(&staying("b", 3)).unwrap();
    assert_eq!(scene.partitions(&second), ["t2", "t3"]);
    assert_eq!(scene.group.state(), "Stable");
}

#[test]
fn who_does_not_give_up_in_time_is_fenced() {
    let mut scene = Scene::new();
    scene.join("a");
    scene.join("b");
    scene.beat(&staying("a", 2)).unwrap();
    for _ in 0..2 {
        scene.after(29_999);
        scene.beat(&staying("a", 2)).unwrap();
        scene.beat(&staying("b", 3)).unwrap();
    }
    scene.after(2);
    assert_eq!(scene.group.members.keys().collect::<Vec<_>>(), ["b"]);
    let second = scene.beat(&staying("b", 3)).unwrap();
    assert_eq!((second.epoch, scene.partitions(&second).len()), (4, 4));
}

#[test]
fn who_is_silent_is_fenced_when_its_session_ends() {
    let mut scene = Scene::new();
    scene.join("a");
    scene.after(44_999);
    assert_eq!(scene.group.members.len(), 1);
    scene.after(1);
    assert_eq!((scene.group.state(), scene.group.epoch), ("Empty", 3));
    let message = "Member a is not a member of group g.".to_owned();
    assert_eq!(code(scene.beat(&staying("a", 2))), (ResponseError::UnknownMemberId.code(), message));
}

#[test]
fn a_wrong_epoch_is_fenced_unless_an_answer_was_missed() {
    let mut scene = Scene::new();
    scene.join("a");
    scene.topics.extend("t", 1);
    assert_eq!(scene.follow("a", 2).epoch, 3);
    let id = scene.topics.get("t").unwrap().id;
    let missed = Heartbeat { owned: Some(vec![(id, vec![0])]), ..staying("a", 2) };
    assert_eq!(scene.beat(&missed).unwrap().epoch, 3);
    let fenced = ResponseError::FencedMemberEpoch.code();
    let message = "The consumer group member has a smaller member epoch (2) than the one known by the group coordinator (3). The member must \
                   abandon all its partitions and rejoin.";
    assert_eq!(code(scene.beat(&staying("a", 2))), (fenced, message.to_owned()));
    let message = message.replace("smaller", "greater").replace("(2)", "(4)");
    assert_eq!(code(scene.beat(&staying("a", 4))), (fenced, message));
}

#[test]
fn a_static_member_comes_back_to_what_it_had() {
    let mut scene = Scene::new();
    let one = |id: &str, epoch| Heartbeat { instance: Some("one".into()), epoch, ..joining(id) };
    let before = scene.beat(&one("a", 0)).unwrap();
    let message = "Static member b with instance id one cannot join the group because the instance id is owned by a member.";
    assert_eq!(code(scene.beat(&one("b", 0))), (ResponseError::UnreleasedInstanceId.code(), message.to_owned()));
    assert_eq!(scene.group.leave(&one("a", -2), &mut scene.journal).unwrap().epoch, -2);
    let after = scene.beat(&one("b", 0)).unwrap();
    assert_eq!((after.epoch, scene.partitions(&after)), (2, scene.partitions(&before)));
    let message = "Static member a with instance id one was fenced by member b.";
    assert_eq!(code(scene.beat(&one("a", 2))), (ResponseError::FencedInstanceId.code(), message.to_owned()));
    let unknown = Heartbeat { instance: Some("two".into()), ..staying("b", 2) };
    assert_eq!(code(scene.beat(&unknown)), (ResponseError::UnknownMemberId.code(), "Instance id two is unknown.".to_owned()));
}

#[test]
fn a_static_member_that_stays_away_is_out() {
    let mut scene = Scene::new();
    let ask = Heartbeat { instance: Some("one".into()), ..joining("a") };
    scene.beat(&ask).unwrap();
    scene.group.leave(&Heartbeat { epoch: -2, ..ask }, &mut scene.journal).unwrap();
    scene.after(45_000);
    assert!(scene.group.members.is_empty() && scene.group.instances.is_empty());
}

#[test]
fn who_leaves_makes_room_for_the_others() {
    let mut scene = Scene::new();
    scene.join("a");
    scene.join("b");
    scene.beat(&staying("a", 2)).unwrap();
    scene.follow("a", 2);
    scene.group.leave(&staying("a", -1), &mut scene.journal).unwrap();
    assert_eq!(scene.group.state(), "Assigning");
    let rest = scene.beat(&staying("b", 3)).unwrap();
    assert_eq!((rest.epoch, scene.partitions(&rest).len()), (4, 4));
    assert_eq!(code(scene.group.leave(&staying("a", -1), &mut scene.journal)).0, ResponseError::UnknownMemberId.code());
}

#[test]
fn a_topic_that_comes_is_read_by_name_and_by_pattern() {
    let mut scene = Scene::new();
    let reply = scene.beat(&Heartbeat { names: None, regex: Some("t|new.*".into()), ..joining("a") }).unwrap();
    assert_eq!(scene.partitions(&reply).len(), 4);
    assert!(scene.group.reads("t") && !scene.group.reads("u"));
    scene.topics.insert("new-1", 1);
    let reply = scene.beat(&staying("a", 2)).unwrap();
    assert_eq!((reply.epoch, scene.partitions(&reply)), (3, vec!["new-10".into(), "t0".into(), "t1".into(), "t2".into(), "t3".into()]));
    scene.topics.remove("new-1");
    let reply = scene.follow("a", 3);
    assert!(!scene.partitions(&reply).contains(&"new-10".to_owned()));
}

#[test]
fn a_regular_expression_that_is_none_is_refused_and_changes_nothing() {
    let mut scene = Scene::new();
    let refused = scene.beat(&Heartbeat { regex: Some("(".into()), ..joining("a") });
    assert_eq!(code(refused).0, ResponseError::InvalidRegularExpression.code());
    assert!(scene.group.members.is_empty() && scene.group.patterns.is_empty() && scene.journal.take().is_empty());
}

#[test]
fn a_member_that_subscribes_to_other_topics_gives_up_the_rest() {
    let mut scene = Scene::new();
    scene.join("a");
    let reply = scene.beat(&Heartbeat { names: Some(vec!["u".into()]), ..staying("a", 2) }).unwrap();
    assert_eq!((reply.epoch, scene.partitions(&reply)), (2, Vec::new()));
    let reply = scene.follow("a", 2);
    assert_eq!((reply.epoch, scene.partitions(&reply)), (3, vec!["u0".into(), "u1".into()]));
}

#[test]
fn most_votes_choose_the_assignor() {
    let mut scene = Scene::new();
    scene.join("a");
    assert_eq!(scene.group.assignor(), "uniform");
    scene.beat(&Heartbeat { assignor: Some("range".into()), ..joining("b") }).unwrap();
    assert_eq!(scene.group.assignor(), "range");
}

#[test]
fn commits_need_an_epoch_that_the_member_had_the_partition_at() {
    let mut scene = Scene::new();
    scene.join("a");
    let id = scene.topics.get("t").unwrap().id;
    let commit = |scene: &Scene, member: &str, epoch, partition, version| -> Result<(), Refusal> {
        match scene.group.check_commit(member, None, epoch, Some(version))? {
            Some((member, epoch)) => check_partition(member, epoch, ("t", id), partition),
            None => Ok(()),
        }
    };
    assert_eq!(commit(&scene, "a", 2, 0, 9), Ok(()));
    let words = |outcome: Result<(), Refusal>| outcome.unwrap_err().message.unwrap();
    let message = "OffsetCommit version 9 or above must be used by members using the consumer group protocol";
    assert_eq!(words(commit(&scene, "a", 2, 0, 8)), message);
    assert_eq!(words(commit(&scene, "a", 3, 0, 9)), "Received member epoch 3 is newer than current member epoch 2.");
    assert_eq!(words(commit(&scene, "b", 2, 0, 9)), "Member b is not a member of group g.");
    scene.join("b");
    scene.beat(&staying("a", 2)).unwrap();
    scene.follow("a", 2);
    assert_eq!(commit(&scene, "a", 2, 0, 9), Ok(()), "it has had the partition since then");
    assert_eq!(words(commit(&scene, "a", 2, 3, 9)), "Partition t-3 is not assigned or pending revocation for member.");
    scene.beat(&staying("b", 3)).unwrap();
    assert_eq!(words(commit(&scene, "b", 2, 3, 9)), "Received member epoch 2 is older than assignment epoch 3 for partition t-3.");
    assert_eq!(scene.group.check_fetch(None, -1), Ok(()));
    let message = "The received member epoch 2 does not match the expected member epoch 3.";
    assert_eq!(words(scene.group.check_fetch(Some("b"), 2)), message);
}

#[test]
fn requests_that_make_no_sense_are_refused_in_the_brokers_words() {
    let refused = |ask: Heartbeat| ask.check("g").unwrap_err().message.unwrap();
    assert_eq!(joining("a").check("g"), Ok(()));
    assert_eq!(joining("a").check("").unwrap_err().message.unwrap(), "GroupId can't be empty.");
    assert_eq!(refused(joining("")), "MemberId can't be empty.");
    assert_eq!(refused(Heartbeat { rebalance_timeout: -1, ..joining("a") }), "RebalanceTimeoutMs must be provided in first request.");
    assert_eq!(refused(Heartbeat { owned: None, ..joining("a") }), "TopicPartitions must be empty when (re-)joining.");
    let neither = "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.";
    assert_eq!(refused(Heartbeat { names: None, ..joining("a") }), neither);
    assert_eq!(refused(staying("a", -2)), "InstanceId can't be null.");
    assert_eq!(refused(staying("a", -3)), "MemberEpoch is invalid.");
    let assignor = "ServerAssignor sticky is not supported. Supported assignors: uniform, range.";
    assert_eq!(refused(Heartbeat { assignor: Some("sticky".into()), ..joining("a") }), assignor);
}

#[test]
fn targets_are_not_made_one_right_after_the_other() {
    let mut scene = Scene::new();
    scene.settings.assignment_interval = 1_000;
    scene.join("a");
    let second = scene.join("b");
    assert_eq!((second.epoch, scene.group.state()), (2, "Assigning"));
    scene.after(999);
    assert_eq!(scene.beat(&staying("b", 2)).unwrap().epoch, 2);
    scene.after(1);
    assert_eq!(scene.beat(&staying("b", 2)).unwrap().epoch, 3);
    assert_eq!(scene.group.state(), "Reconciling");
}

#[test]
fn expressions_are_resolved_when_topics_come_and_go() {
    let mut scene = Scene::new();
    let joined = scene.beat(&Heartbeat { regex: Some("x.*".into()), names: None, ..joining("a") }).unwrap();
    assert_eq!((joined.epoch, scene.partitions(&joined)), (1, Vec::<String>::new()));
    scene.topics.insert("x1", 1);
    let told = scene.follow("a", 1);
    assert_eq!((told.epoch, scene.partitions(&told)), (2, vec!["x10".to_owned()]));
    assert_eq!(scene.follow("a", 2).epoch, 2);
    scene.topics.extend("x1", 1);
    let told = scene.follow("a", 2);
    assert_eq!((told.epoch, scene.partitions(&told)), (3, vec!["x10".to_owned(), "x11".to_owned()]));
    scene.topics.remove("x1");
    // The member is one epoch behind until it has given the topic up.
    assert_eq!((scene.follow("a", 3).epoch, scene.group.epoch), (3, 4));
}

#[test]
fn a_group_has_so_many_expressions_and_no_more() {
    let mut scene = Scene::new();
    let with = |number: usize| Heartbeat { regex: Some(format!("x{number}")), names: None, ..joining(&format!("m{number}")) };
    for number in 0..patterns::MOST {
        scene.beat(&with(number)).unwrap();
    }
    let refused = scene.beat(&with(patterns::MOST)).unwrap_err();
    assert_eq!(refused.message.as_deref(), Some("The sandbox takes up to 100 regular expressions of a group."));
    assert_eq!(scene.group.members.len(), patterns::MOST);
    // One that another member has is no further one.
    scene.beat(&Heartbeat { id: "last".into(), ..with(0) }).unwrap();
}
