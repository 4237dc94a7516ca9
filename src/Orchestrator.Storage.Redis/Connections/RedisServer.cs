namespace Orchestrator.Storage.Redis.Connections;

/// <summary>The connection to Redis, a node or a cluster, and how it is called: what was not done is told again for a while.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    // A key that never exists. While its slot moves from one server to another, a call with one that does and one that does not is refused (TRYAGAIN). Without
    // it, a call that names a key which the script only derives others from would be sent on to a server that does not have those yet:
    // https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#multiple-keys-operations
    private const string Absent = ":-";

    private readonly ConfigurationOptions _configuration;
    private readonly ServerCheck? _check;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _opening = new(1);
    private ConnectionMultiplexer? _connection;
    private bool _isCluster;
    private volatile IDatabase? _database;
    private volatile bool _isDisposed;

    /// <param name="configuration">Where it is.</param>
    /// <param name="check">Looks at what is found there, once; <see langword="null"/> where another connection has it looked at.</param>
    /// <param name="time">What pauses are measured by.</param>
    public RedisServer(ConfigurationOptions configuration, ServerCheck? check, TimeProvider time)
    {
        _configuration = configuration.Clone();
        _configuration.AbortOnConnectFail = false;

        // What cannot be sent now is refused, and told again by us: nothing is done late.
        _configuration.BacklogPolicy = BacklogPolicy.FailFast;

        // The client would not even send INFO otherwise.
        _configuration.AllowAdmin = true;

        // Channels have the prefix of the keys, which the scripts know.
        _configuration.ChannelPrefix = default;
        _check = check;
        _time = time;
    }

    /// <summary>Whether it is a cluster: each call then concerns one slot.</summary>
    public ValueTask<bool> IsClusterAsync(CancellationToken cancellationToken) => _database is not null
        ? new(_isCluster)
        : CallAsync(_ => Task.FromResult(_isCluster), Repeat.UntilAnswered, cancellationToken);

    /// <summary>What tells this place for runs from others; known once it was reached.</summary>
    public uint Place => _check!.Place;

    /// <summary>Runs a script.</summary>
    /// <param name="script">The script.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="values">Its arguments.</param>
    /// <param name="repeat">Whether it is run again.</param>
    /// <param name="cancellationToken">Stops waiting for it.</param>
    /// <exception cref="StoreUnavailableException">It was not run, or that is unknown.</exception>
    public ValueTask<RedisResult> EvaluateAsync(Script script, RedisKey[] keys, RedisValue[] values, Repeat repeat, CancellationToken cancellationToken)
    {
        var isKnown = true;
        RedisKey[] all = [.. keys, keys[0].Append(Absent)];
        return CallAsync(
            async database =>
            {
                try
                {
                    // The text brings the script back to a server that has lost it.
                    return isKnown
                        ? await database.ScriptEvaluateAsync(script.Digest, all, values, CommandFlags.DemandMaster).ConfigureAwait(false)
                        : await database.ScriptEvaluateAsync(script.Text, all, values, CommandFlags.DemandMaster).ConfigureAwait(false);
                }
                catch (RedisServerException fault) when (fault.Kind == RedisErrorKind.NoScript)
                {
                    isKnown = false;
                    throw;
                }
            },
            repeat,
            cancellationToken);
    }

    /// <summary>Calls the server.</summary>
    /// <inheritdoc cref="EvaluateAsync"/>
    public async ValueTask<T> CallAsync<T>(Func<IDatabase, Task<T>> call, Repeat repeat, CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause + pause < LongestPause ? pause + pause : LongestPause)
        {
            try
            {
                var database = await OpenAsync(cancellationToken).ConfigureAwait(false);
                return await call(database).WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (RedisServerException fault) when (fault.Kind == RedisErrorKind.NoScript && !IsOver(began, repeat))
            {
                continue;
            }
            catch (Exception fault) when ((StoreFaults.IsRefused(fault) || (repeat == Repeat.UntilAnswered && StoreFaults.IsLost(fault))) && !IsOver(began, repeat))
            {
                await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
            }
            catch (UnfitServerException fault)
            {
                throw new StoreUnavailableException(fault.Message, fault) { IsTransient = false };
            }
            catch (Exception fault) when (StoreFaults.IsUnavailable(fault) || (fault is ObjectDisposedException && _isDisposed))
            {
                throw StoreFaults.ToUnavailable(fault);
            }
        }
    }

    /// <summary>The server that keeps a key now.</summary>
    /// <exception cref="StoreUnavailableException">There is none.</exception>
    public async ValueTask<IServer> FindServerAsync(RedisKey key)
    {
        // Asked for, because the client only knows of one that is connected.
        var place = await CallAsync(database => database.IdentifyEndpointAsync(key, CommandFlags.DemandMaster), Repeat.UntilAnswered, CancellationToken.None).ConfigureAwait(false);
        return _connection!.GetServer(place!);
    }

    /// <summary>The connection, for whoever listens to what is published.</summary>
    public async ValueTask<ISubscriber> OpenSubscriberAsync(CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        return _connection!.GetSubscriber();
    }

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await _opening.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_connection is { } connection)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _opening.Release();
        }
    }

    private bool IsOver(long began, Repeat repeat) => _time.GetElapsedTime(began) >= (repeat == Repeat.No ? Moment : Patience);

    private async ValueTask<IDatabase> OpenAsync(CancellationToken cancellationToken)
    {
        if (_database is { } database)
        {
            return database;
        }

        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_database is null)
            {
                _connection ??= await ConnectionMultiplexer.ConnectAsync(_configuration).ConfigureAwait(false);
                if (_check is not null)
                {
                    await _check.RunAsync(_connection).ConfigureAwait(false);
                }

                _isCluster = _connection.GetServers().Any(server => server.ServerType == ServerType.Cluster);
                _database = _connection.GetDatabase();
            }

            return _database;
        }
        finally
        {
            _opening.Release();
        }
    }
}
