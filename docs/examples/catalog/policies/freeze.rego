# Freezes and change windows of the calendar. Whoever may override one, may let the release pass.
package warroom.gate

deny contains {
	"id": concat("-", ["calendar", bar.entry]),
	"msg": sprintf("%s: %s", [bar.title, bar.why]),
	"severity": "high",
	"overridable_by": bar.overridable_by,
	"remediation": "wait until it is over, or ask one of those who may override it",
} if {
	some bar in input.calendar.bars
}

# Nobody said what the calendar is: that is no permission.
deny contains {
	"id": "calendar-unknown",
	"msg": "it is not known whether changes are allowed now",
	"severity": "critical",
} if {
	not input.calendar.bars
}
