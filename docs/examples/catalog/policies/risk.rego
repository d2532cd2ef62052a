# Who must approve, by risk: the factors of the release, and what its services have left, are added up. A high sum asks for more people.
package warroom.gate

points[factor.name] := factor.points if some factor in input.risk.factors

points["nobody worked out a risk"] := 100 if input.risk == null

points["budget nearly spent, or not known"] := 30 if {
	some slo in input.slos
	nearly_spent(slo.budget_left)
}

nearly_spent(left) if left == null

nearly_spent(left) if left < 0.1

risk := {
	"score": min([100, sum([value | some value in points])]),
	"factors": [{"name": name, "points": value} | some name, value in points],
}

required_approvals contains "release-manager" if risk.score >= 50

# Going back may need the data to go back too.
required_approvals contains "dba" if points.schema_change > 0

warn contains {"id": "risk", "msg": sprintf("risk %d of 100", [risk.score]), "severity": "medium"} if risk.score >= 50
