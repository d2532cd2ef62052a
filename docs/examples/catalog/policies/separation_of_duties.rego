# Who wrote a change does not sign it off alone.
package warroom.gate

others contains signer.principal if {
	some signoff in input.signoffs
	some signer in signoff.by
	signer.principal != input.release.owner
}

deny contains {
	"id": "separation-of-duties",
	"msg": sprintf("only %s, who owns the release, signed it off", [input.release.owner]),
	"severity": "high",
	"remediation": "ask somebody else to sign",
} if {
	input.release.production
	count(input.signoffs) > 0
	count(others) == 0
}
