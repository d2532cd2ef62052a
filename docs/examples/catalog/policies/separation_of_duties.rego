# Who answers for a change does not sign it off alone. The owner under another name is the owner all the same.
package warroom.gate

others contains signer.person if {
	some signoff in input.signoffs
	some signer in signoff.by
	signer.is_owner == false
}

deny contains {
	"id": "separation-of-duties",
	"msg": "nobody is known to have signed it off but its owner",
	"severity": "high",
	"remediation": "ask somebody else to sign; the release must name an owner whom roles.toml knows",
} if {
	input.release.production
	count(input.signoffs) > 0
	count(others) == 0
}
