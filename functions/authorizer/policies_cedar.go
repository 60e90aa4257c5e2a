//go:build cedar

package main

import (
	"github.com/ostiary-auth/ostiary/pkg/authorizer"
	"github.com/ostiary-auth/ostiary/pkg/authorizer/cedar"
)

// policies adds the Cedar policies that the settings name.
func policies(s authorizer.Settings) (authorizer.Settings, error) { return cedar.Open(s) }
