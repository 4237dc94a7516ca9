using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Orchestrator.FaultProxy;

/// <summary>A way to a server over real sockets, on which things go wrong as a test says. Its address stays the same; the server's may change.</summary>
public sealed class Proxy : IAsyncDisposable
{
    private static readonly ForwarderRequestConfig Patient = new() { ActivityTimeout = TimeSpan.FromMinutes(10) };

    private readonly HttpMessageInvoker _line = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(5),
    });

    private readonly ConcurrentQueue<(string Method, string Path)> _forwarded = new();
    private volatile Fault[] _faults = [];
    private volatile Uri? _target;
    private WebApplication? _listener;

    private Proxy(Uri? target) => _target = target;

    /// <summary>Where it listens: a port of 127.0.0.1, the same for its whole life.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1:0");

    /// <summary>The server. Requests to one that is not there, or to <see langword="null"/>, end with a broken connection.</summary>
    public Uri? Target
    {
        get => _target;
        set => _target = value;
    }

    /// <summary>What was sent on to the server, in this order.</summary>
    public IReadOnlyCollection<(string Method, string Path)> Forwarded => _forwarded;

    /// <summary>Listens.</summary>
    /// <param name="target">The server, with or without a path.</param>
    public static async Task<Proxy> StartAsync(Uri? target = null)
    {
        var proxy = new Proxy(target);
        await proxy.AcceptConnectionsAsync();
        return proxy;
    }

    /// <summary>From now on this goes wrong, beside what goes wrong already. The first fault that meets a request has it.</summary>
    /// <returns>The fault, to look at and to release.</returns>
    public Fault Add(Fault fault)
    {
        _faults = [.. _faults, fault];
        return fault;
    }

    /// <summary>Nothing goes wrong any more, and what is held back is let go.</summary>
    public void Heal()
    {
        var faults = _faults;
        _faults = [];
        foreach (var fault in faults)
        {
            fault.Release();
        }
    }

    /// <summary>Refuses connections, and breaks those that are open.</summary>
    public async Task RefuseConnectionsAsync()
    {
        if (_listener is { } listener)
        {
            _listener = null;
            await listener.StopAsync(new CancellationToken(canceled: true));
            await listener.DisposeAsync();
        }
    }

    /// <summary>Accepts connections again.</summary>
    public async Task AcceptConnectionsAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(Address.ToString());
        builder.Services.AddRouting().AddHttpForwarder();
        builder.Services.AddSingleton<ILoggerFactory>(LoggerFactory.Create(static _ => { }));
        var listener = builder.Build();
        var forwarder = listener.Services.GetRequiredService<IHttpForwarder>();
        listener.Run(context => HandleAsync(context, forwarder));
        await listener.StartAsync();
        Address = new Uri(listener.Urls.Single());
        _listener = listener;
    }

    /// <summary>Stops listening, and lets everything go.</summary>
    public async ValueTask DisposeAsync()
    {
        Heal();
        await RefuseConnectionsAsync();
        _line.Dispose();
    }

    private async Task HandleAsync(HttpContext context, IHttpForwarder forwarder)
    {
        var fault = Array.Find(_faults, fault => fault.Meets(context.Request.Method, context.Request.GetEncodedPathAndQuery()));
        switch (fault?.Kind)
        {
            case FaultKind.Cut:
                context.Abort();
                return;
            case FaultKind.Answer:
                await AnswerAsync(context.Response, fault);
                return;
            case FaultKind.Stall:
                await fault.HoldAsync(context.RequestAborted);
                break;
        }

        if (context.RequestAborted.IsCancellationRequested || _target is not { } target)
        {
            context.Abort();
            return;
        }

        _forwarded.Enqueue((context.Request.Method, context.Request.GetEncodedPathAndQuery()));
        var error = await forwarder.SendAsync(context, target.GetLeftPart(UriPartial.Authority), _line, Patient, new Reply(fault));
        if (error != ForwarderError.None)
        {
            context.Abort();
        }
    }

    private static Task AnswerAsync(HttpResponse response, Fault fault)
    {
        response.StatusCode = fault.Status;
        if (fault.RetryAfter is { } retryAfter)
        {
            response.Headers.RetryAfter = Math.Ceiling(retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        if (fault.Location is not null)
        {
            response.Headers.Location = fault.Location;
        }

        if (fault.Code is null)
        {
            response.ContentType = "text/html";
            return response.WriteAsync("<html><body>Something in between has trouble.</body></html>");
        }

        var details = new Dictionary<string, object?> { ["retry_after"] = fault.RetryAfter?.TotalSeconds };
        return response.WriteAsJsonAsync(
            new
            {
                type = "about:blank",
                title = fault.Code,
                status = fault.Status,
                detail = "On behalf of a test.",
                error = new { code = fault.Code, message = "On behalf of a test.", details },
            },
            options: null,
            contentType: "application/problem+json");
    }

    /// <summary>What happens to the reply of the server.</summary>
    private sealed class Reply(Fault? fault) : HttpTransformer
    {
        public override async ValueTask<bool> TransformResponseAsync(
            HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
        {
            if (proxyResponse is not null && fault?.Kind == FaultKind.LoseReply)
            {
                httpContext.Abort();
                return false;
            }

            if (proxyResponse is not null && fault?.Kind == FaultKind.CutBody)
            {
                await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
                await CutBodyAsync(httpContext, await proxyResponse.Content.ReadAsByteArrayAsync(cancellationToken));
                return false;
            }

            if (proxyResponse is not null && fault?.Kind == FaultKind.StallReply)
            {
                await fault.HoldAsync(httpContext.RequestAborted);
            }

            return await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        }

        /// <summary>Sends half of a body that was announced whole. The server then closes the connection, without a reset that could overtake the half.</summary>
        private static async Task CutBodyAsync(HttpContext context, byte[] body)
        {
            if (body.Length == 0)
            {
                context.Abort();
                return;
            }

            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2));
        }
    }
}
