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
		"services": [{"name": "checkout", "version": "1.42.0", "criticality": 2}],
	},
	"checklist": [{"id": "tests", "title": "Tests passed", "mandatory": true, "state": "pass"}],
	"signoffs": [{"id": "technical", "by": [{"principal": "ana", "role": "tech-lead"}]}],
	"calendar": {"bars": []},
	"slos": [{"name": "checkout availability", "budget_left": 0.6}],
	"runbooks": [{"name": "rollback-checkout", "rehearsed": true}],
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
	alone := {"signoffs": [{"id": "technical", "by": [{"principal": "ben", "role": "tech-lead"}]}]}
	not gate.allow with input as object.union(good, alone)
}

test_unknown_evidence_stops_a_normal_change if {
	unknown := {"checklist": [{"id": "tests", "title": "Tests passed", "mandatory": true, "state": "unknown"}]}
	not gate.allow with input as object.union(good, unknown)
}

test_an_emergency_goes_on_with_unknown_but_not_with_failed_evidence if {
	item := {"id": "tests", "title": "Tests passed", "mandatory": true}
	emergency := object.union(good, {"release": object.union(good.release, {"class": "emergency"})})
	gate.allow with input as object.union(emergency, {"checklist": [object.union(item, {"state": "unknown"})]})
	not gate.allow with input as object.union(emergency, {"checklist": [object.union(item, {"state": "fail"})]})
}

test_a_class_that_nobody_knows_is_denied if {
	odd := object.union(good, {"release": object.union(good.release, {"class": "urgent"})})
	not gate.allow with input as odd
}

test_a_high_risk_asks_for_the_release_manager if {
	risky := object.union(good, {
		"release": object.union(good.release, {"services": [{"name": "checkout", "version": "1", "criticality": 1}]}),
		"runbooks": [],
	})
	some role in gate.required_approvals with input as risky
	role == "release-manager"
}
