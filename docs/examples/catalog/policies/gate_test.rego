# What the policies shall do. `warroom policy test` runs the rules `test_…`.
package warroom.gate_test

import data.warroom.gate

good := {
	"schema": "warroom.gate/1",
	"release": {
		"id": "checkout-1.42",
		"class": "normal",
		"owner": "ben",
		"production": true,
		"checklist": "service",
		"services": [{"name": "checkout", "version": "1.42.0", "criticality": 2}],
	},
	"checklist": [{"id": "tests", "title": "Tests passed", "mandatory": true, "due_now": true, "state": "pass"}],
	"signoffs": [{"id": "technical", "by": [{"principal": "ana", "person": "ana", "role": "tech-lead", "is_owner": false}]}],
	"calendar": {"bars": []},
	"slos": [{"name": "checkout availability", "budget_left": 0.6}],
	"runbooks": [{"name": "rollback-checkout", "way_back": true, "rehearsed": true}],
	"risk": {"score": 20, "least": 20, "factors": [{"name": "services", "points": 20, "least": 20}]},
	"sources": [{"name": "prom", "ok": true}],
}

frozen := {"bars": [{"entry": "year-end", "title": "Year-end freeze", "why": "frozen", "overridable_by": ["commander"]}]}

test_a_good_release_is_allowed if gate.allow with input as good

test_nothing_known_is_denied if not gate.allow with input as {}

test_a_freeze_stops_a_normal_change if {
	frozen_release := object.union(good, {"calendar": frozen})
	not gate.allow with input as frozen_release
	some denial in gate.deny with input as frozen_release
	denial.overridable_by == ["commander"]
}

test_the_owner_alone_is_not_enough if {
	alone := {"signoffs": [{"id": "technical", "by": [{"principal": "ben@laptop", "person": "ben", "role": "tech-lead", "is_owner": true}]}]}
	not gate.allow with input as object.union(good, alone)
}

test_unknown_evidence_stops_a_normal_change if {
	unknown := {"id": "tests", "title": "Tests passed", "mandatory": true, "due_now": true, "state": "unknown"}
	not gate.allow with input as object.union(good, {"checklist": [unknown]})
	gate.allow with input as object.union(good, {"checklist": [object.union(unknown, {"due_now": false})]})
}

test_an_emergency_goes_on_with_unknown_but_not_with_failed_evidence if {
	item := {"id": "tests", "title": "Tests passed", "mandatory": true, "due_now": true}
	emergency := object.union(good, {"release": object.union(good.release, {"class": "emergency"})})
	gate.allow with input as object.union(emergency, {"checklist": [object.union(item, {"state": "unknown"})]})
	not gate.allow with input as object.union(emergency, {"checklist": [object.union(item, {"state": "fail"})]})
}

test_nothing_goes_to_production_without_a_checklist if {
	not gate.allow with input as object.union(good, {"release": object.union(good.release, {"checklist": null}), "checklist": []})
}

test_a_budget_that_nobody_knows_is_no_good_budget if {
	unknown := object.union(good, {"slos": [{"name": "checkout availability", "budget_left": null}]})
	gate.risk.score == 50 with input as unknown
}

test_a_class_that_nobody_knows_is_denied if {
	odd := object.union(good, {"release": object.union(good.release, {"class": "urgent"})})
	not gate.allow with input as odd
}

test_a_high_risk_asks_for_the_release_manager if {
	risky := object.union(good, {"risk": {"score": 60, "least": 60, "factors": [{"name": "services", "points": 60, "least": 60}]}})
	"release-manager" in gate.required_approvals with input as risky
	not "release-manager" in gate.required_approvals with input as good
}

test_a_risk_that_nobody_worked_out_is_a_high_one if {
	"release-manager" in gate.required_approvals with input as object.union(good, {"risk": null})
}

test_a_schema_change_that_may_be_asks_for_who_answers_for_the_database if {
	factors := [{"name": "schema_change", "points": 10, "least": 0}]
	unknown := object.union(good, {"risk": {"score": 10, "least": 0, "factors": factors}})
	"dba" in gate.required_approvals with input as unknown
}
