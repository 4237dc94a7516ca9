using Microsoft.Extensions.Options;
using Orchestrator.Samples.Server;

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
    await Console.Error.WriteLineAsync("The server does not start: " + string.Join(Environment.NewLine, refused.Failures));
    return 1;
}
