"""Pure rules of Open311: identities of submissions, public addresses, the words of its states."""
