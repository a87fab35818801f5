package control

import "fmt"

// An Error is the cloud's refusal of a call, with the error code that its API documents. Code is ""
// where the documents say that the call fails, without a code (SLB API, AddBackendServers).
type Error struct {
	Code    Code
	Message string // the call, its subject and the reason
}

func (e *Error) Error() string {
	if e.Code == "" {
		return e.Message
	}
	return e.Message + " (" + string(e.Code) + ")"
}

func refuse(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// A Code is an error code of the PrivateLink API.
type Code string

// Documented: PrivateLink API 2020-04-15, error codes of the operations; ConcurrentCallNotSupported
// is what Terraform's provider meets there. The API gives several conditions no code of their own;
// the calls' comments say where the choice of the code is inferred.
const (
	ConcurrentCallNotSupported Code = "ConcurrentCallNotSupported"
	QuotaMisMatched            Code = "QuotaMisMatched"

	EndpointServiceExist                Code = "EndpointServiceExist"
	EndpointServiceNotFound             Code = "EndpointServiceNotFound"
	EndpointServiceNotAuthorized        Code = "EndpointServiceNotAuthorized"
	EndpointServiceDeleted              Code = "EndpointServiceDeleted"
	EndpointServiceOperationDenied      Code = "EndpointServiceOperationDenied"
	EndpointServiceNotSupportedZone     Code = "EndpointServiceNotSupportedZone"
	EndpointServiceDependenceViolation  Code = "EndpointServiceDependenceViolation"
	EndpointServiceConnectionDependence Code = "EndpointServiceConnectionDependence"
	EndpointServiceResourceExist        Code = "EndpointServiceResourceExist"
	EndpointServiceResourceNotFound     Code = "EndpointServiceResourceNotFound"
	EndpointServiceResourceCannotRemove Code = "EndpointServiceResourceCannotRemove"
	ResourceAutoAllocateViolation       Code = "ResourceAutoAllocateViolation"
	IncorrectStatusService              Code = "IncorrectStatus.VpcEndpointService"
	IllegalBandwidth                    Code = "IllegalParamFormat.ConnectBandwidth"

	EndpointExist                    Code = "EndpointExist"
	EndpointNotFound                 Code = "EndpointNotFound"
	EndpointOperationDenied          Code = "EndpointOperationDenied"
	EndpointDependenceViolation      Code = "EndpointDependenceViolation"
	EndpointZoneDuplicated           Code = "EndpointZoneDuplicated"
	EndpointZoneNotFound             Code = "EndpointZoneNotFound"
	QuotaExceededZonesPerEndpoint    Code = "QuotaExceeded.epZonePerEndpoint"
	QuotaExceededEndpointsPerVPC     Code = "QuotaExceeded.totalEpPerVpc"
	SecurityGroupExist               Code = "SecurityGroupExist"
	SecurityGroupNotFound            Code = "SecurityGroupNotFound"
	SecurityGroupSingleType          Code = "SecurityGroupTypeOnlySingleTypeSupporteded" // sic
	EndpointMustContainSecurityGroup Code = "EndpointMustContainSecurityGroup"

	EndpointConnectionNotFound        Code = "EndpointConnectionNotFound"
	EndpointConnectionOperationDenied Code = "EndpointConnectionOperationDenied"
	NoAvailableServiceResource        Code = "OperationDenied.NoAvailableServiceResource"
	IncorrectStatusConnection         Code = "IncorrectStatus.VpcEndpointConnection"
	IncorrectStatusZone               Code = "IncorrectStatus.VpcEndpointZone"
	ZoneNotFound                      Code = "ResourceNotFound.VpcEndpointZone"
	ZoneOperationDenied               Code = "ZoneOperationDenied"
	IllegalAllocateMode               Code = "IllegalParam.ResourceAllocateMode"
	IllegalReplaceMode                Code = "IllegalParam.ResourceReplaceMode"
	MissingResourceID                 Code = "MissingParam.ResourceId"
	CurrentResourceAutoAllocated      Code = "OperationDenied.CurrentResourceAutoAllocated"
	MismatchZone                      Code = "Mismatch.ZoneId"
)
