using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Orchestrator.Samples.Server;
using Orchestrator.Storage;

try
{
    var builder = WebApplication.CreateBuilder(args);
    builder.Services.AddOrchestrator().UseStorage(builder.Configuration);
    builder.Services.AddHealthChecks().AddOrchestrator();
    builder.Services.AddOpenApi();
    builder.Services.AddProblemDetails();

    var app = builder.Build();
    app.UseExceptionHandler();
    app.UseStatusCodePages();
    app.MapOrchestrator();
    app.MapHealthChecks("/healthz");
    app.MapOpenApi();
    await app.RunAsync();
    return 0;
}
catch (OptionsValidationException refused)
{
    return await FailAsync(string.Join(Environment.NewLine, refused.Failures));
}
catch (InvalidOperationException refused) when (refused.InnerException is StoreUnavailableException)
{
    return await FailAsync(refused.Message);
}
catch (IOException fault) when (fault.InnerException is AddressInUseException)
{
    return await FailAsync(fault.Message);
}

static async Task<int> FailAsync(string message)
{
    await Console.Error.WriteLineAsync("The server does not start: " + message);
    return 1;
}
