using Sending = StackExchange.Redis.CommandStatus;

namespace Orchestrator.Storage.Redis.Connections;

/// <summary>What a fault of Redis means.</summary>
internal static class StoreFaults
{
    /// <summary>
    /// Nothing was done, and soon it may be: the command did not leave, or the server refused it before its first write. A script is refused as a whole then:
    /// https://redis.io/docs/latest/develop/programmability/lua-api/#script-flags
    /// </summary>
    public static bool IsRefused(Exception fault) => fault switch
    {
        RedisServerException { Kind: var kind } => kind
            is RedisErrorKind.NoScript or RedisErrorKind.Moved or RedisErrorKind.Ask or RedisErrorKind.TryAgain or RedisErrorKind.ClusterDown or RedisErrorKind.UnknownRedirectTarget
            or RedisErrorKind.Loading or RedisErrorKind.ReadOnly or RedisErrorKind.MasterDown or RedisErrorKind.NoReplicas or RedisErrorKind.Busy or RedisErrorKind.MaxClients
            or RedisErrorKind.OutOfMemory or RedisErrorKind.Misconfigured,
        RedisConnectionException { CommandStatus: var status } => status is Sending.WaitingToBeSent or Sending.WaitingInBacklog,
        RedisTimeoutException { Commandstatus: var status } => status is Sending.WaitingToBeSent or Sending.WaitingInBacklog,
        _ => false,
    };

    /// <summary>The command may have been done; its answer did not come.</summary>
    public static bool IsLost(Exception fault) => fault is RedisConnectionException or RedisTimeoutException && !IsRefused(fault);

    /// <summary>The fault as the port tells it, without what may be secret.</summary>
    public static StoreUnavailableException ToUnavailable(Exception fault) => fault switch
    {
        RedisServerException { Kind: var kind } => new StoreUnavailableException($"Redis refused to work ({kind}).", fault),
        _ => new StoreUnavailableException("Redis did not answer.", fault),
    };
}
