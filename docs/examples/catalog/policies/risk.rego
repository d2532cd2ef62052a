# Who must approve, by risk: the factors are added up, and a high sum asks for more people.
package warroom.gate

points["many services"] := 20 if count(input.release.services) > 3

points["a service of the highest criticality"] := 30 if {
	some service in input.release.services
	service.criticality == 1
}

points["budget nearly spent"] := 30 if {
	some slo in input.slos
	slo.budget_left < 0.1
}

points["no way back was rehearsed"] := 20 if {
	count([runbook | some runbook in input.runbooks; runbook.rehearsed]) == 0
}

risk := {
	"score": sum([value | some value in points]),
	"factors": [{"name": name, "points": value} | some name, value in points],
}

required_approvals contains "release-manager" if risk.score >= 50

warn contains {"id": "risk", "msg": sprintf("risk %d of 100", [risk.score]), "severity": "medium"} if risk.score >= 50
