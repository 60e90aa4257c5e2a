package issue

type statusLists struct{}
