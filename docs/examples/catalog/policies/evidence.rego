# The least that must be known, by change class. Unknown is not good.
package warroom.gate

# Who may go on with less: nobody but an emergency, and even that not against what failed.
least := {
	"standard": {"pass", "waived", "not-applicable"},
	"normal": {"pass", "waived", "not-applicable"},
	"emergency": {"pass", "waived", "not-applicable", "unknown", "open", "stale"},
}

deny contains {
	"id": concat("-", ["evidence", item.id]),
	"msg": sprintf("%s: %s", [item.title, item.state]),
	"severity": "high",
} if {
	some item in input.checklist
	item.mandatory
	item.due_now
	not item.state in least[input.release.class]
}

deny contains {
	"id": concat("-", ["source", source.name]),
	"msg": sprintf("%s cannot be seen, so nobody knows how users are served", [source.name]),
	"severity": "critical",
} if {
	some source in input.sources
	not source.ok
	input.release.class != "emergency"
}

# In production nothing goes out that nobody wrote a checklist for.
deny contains {
	"id": "evidence-none",
	"msg": "it has no checklist, so there is no evidence at all",
	"severity": "high",
	"overridable_by": ["incident-commander"],
} if {
	input.release.production
	input.release.checklist == null
	input.release.class != "emergency"
}

deny contains {
	"id": "class-unknown",
	"msg": "the change class is not one of standard, normal and emergency",
	"severity": "critical",
} if {
	not least[input.release.class]
}
