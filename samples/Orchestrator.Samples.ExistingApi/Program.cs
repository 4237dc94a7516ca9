using Microsoft.Extensions.Options;
using Orchestrator.Samples.ExistingApi.Authentication;
using Orchestrator.Samples.ExistingApi.Models;

var builder = WebApplication.CreateBuilder(args);

// What the API had before: a registry of models, API keys, roles, one OpenAPI document.
builder.Services.AddSingleton<ModelRegistry>();
builder.Services.AddApiKeys(builder.Configuration);
builder.Services.AddAuthorizationBuilder()
    .SetFallbackPolicy(Roles.Any)
    .AddPolicy(Roles.Worker, policy => policy.RequireRole(Roles.Worker))
    .AddPolicy(Roles.Operator, policy => policy.RequireRole(Roles.Operator))
    .AddPolicy(Roles.Viewer, Roles.Any);
builder.Services.AddOpenApi(options => options.AddDocumentTransformer(ApiKeys.Describe));
builder.Services.AddProblemDetails();

// What it gets: runs to train its models.
builder.Services.AddOrchestrator();

var app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.UseAuthentication();
app.UseAuthorization();

app.MapModels();

var orchestrator = app.MapOrchestrator("/training");
orchestrator.Workers.RequireAuthorization(Roles.Worker);
orchestrator.Operators.RequireAuthorization(Roles.Operator);
orchestrator.Viewers.RequireAuthorization(Roles.Viewer);

app.MapOpenApi().AllowAnonymous();

try
{
    await app.RunAsync();
    return 0;
}
catch (OptionsValidationException refused)
{
    await Console.Error.WriteLineAsync("The API does not start: " + string.Join(Environment.NewLine, refused.Failures));
    return 1;
}
