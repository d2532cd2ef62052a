# What decides: nothing is allowed that one of the other files denies.
package warroom.gate

default allow := false

allow if count(deny) == 0
