using System.Diagnostics.Metrics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Architecture.Tests.Packages;

namespace Orchestrator.Architecture.Tests.Documents;

/// <summary>The tables of <c>docs/operations.md</c> say what the code does.</summary>
public sealed partial class OperationsTests
{
    private const string Document = "docs/operations.md";
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly string[][] Rows = [.. Repository.TableRows(Document)];

    public static TheoryData<string> Keys { get; } = [.. Rows.Select(row => Bare(row[0])).Where(key => OptionKey().IsMatch(key))];

    [Fact]
    public void The_options_table_has_every_option_and_its_default()
    {
        var options = new OrchestratorOptions();
        var sections = typeof(OrchestratorOptions).GetProperties().Where(section => section.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal));
        var defaults =
            from section in sections
            from option in section.PropertyType.GetProperties()
            where option.CanWrite
            select $"{section.Name}:{option.Name} = {Text(option.GetValue(section.GetValue(options)))}";

        var documented = Rows.Where(row => OptionKey().IsMatch(Bare(row[0]))).Select(row => $"{Bare(row[0])} = {Bare(row[1])}");

        Assert.Equal(defaults.Order(), documented.Order());
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void An_option_is_read_from_configuration_unless_the_table_says_that_it_is_set_in_code(string key)
    {
        var inCode = Rows.Single(row => Bare(row[0]) == key)[2].StartsWith("In code.", StringComparison.Ordinal);
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create($"Orchestrator:{key}", (string?)"no such value")])
            .Build();
        using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddOrchestrator().Services.BuildServiceProvider();

        var fault = Record.Exception(() => services.GetRequiredService<IOptions<OrchestratorOptions>>().Value);

        Assert.Equal(inCode, fault is null);
        Assert.True(inCode || fault is OptionsValidationException, fault?.ToString());
        Assert.True(inCode || fault!.Message.Contains($"Orchestrator:{key}", StringComparison.Ordinal), fault?.Message);
    }

    [Fact]
    public void The_table_of_log_events_has_every_log_event()
    {
        var events =
            from row in Package.Names
            from type in Package.Load(row.Data).GetTypes()
            from method in type.GetMethods(Everything)
            let message = method.GetCustomAttribute<LoggerMessageAttribute>()
            where message is not null
            select $"{message.EventId} {message.EventName ?? method.Name} {message.Level}";

        var documented = Rows.Where(row => int.TryParse(row[0], CultureInfo.InvariantCulture, out _)).Select(row => $"{row[0]} {Bare(row[1])} {row[2]}");

        Assert.Distinct(events.Select(text => text.Split(' ')[0]));
        Assert.Equal(events.Order(), documented.Order());
    }

    [Fact]
    public async Task The_table_of_metrics_has_every_instrument()
    {
        var instruments = new List<string>();
        using var listener = new MeterListener();
        await using var services = new ServiceCollection().AddMetrics().AddOrchestrator().Services.BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, factory))
            {
                instruments.Add($"{instrument.Meter.Name} {instrument.Name} {instrument.GetType().Name.Split('`')[0]} {instrument.Unit}");
            }
        };
        listener.Start();
        services.GetRequiredService<IOrchestrator>();

        var documented = Rows
            .Where(row => Bare(row[0]).StartsWith("orchestrator.", StringComparison.Ordinal))
            .Select(row => $"Orchestrator {Bare(row[0])} {row[1]} {Bare(row[2])}");

        Assert.Equal(instruments.Order(), documented.Order());
    }

    [Fact]
    public void The_list_of_traces_has_every_operation()
    {
        var operations = Package.Sources("Orchestrator.Core")
            .SelectMany(path => Operation().Matches(Repository.Read(path)))
            .Select(match => match.Groups["name"].Value)
            .ToHashSet();

        var documented = Rows.Where(row => row.Length == 2).Select(row => Bare(row[0])).Where(name => OperationName().IsMatch(name));

        Assert.Equal(operations.Order(), documented.Order());
    }

    private static string Bare(string cell) => cell.Trim('`');

    private static string Text(object? value) => value switch
    {
        null => "none",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    [GeneratedRegex(@"^[A-Z]\w+:[A-Z]\w+$")]
    private static partial Regex OptionKey();

    [GeneratedRegex(@"Call\.(Plain|Remembered)\(""(?<name>[a-z.]+)""")]
    private static partial Regex Operation();

    [GeneratedRegex(@"^[a-z]+\.[a-z]+$")]
    private static partial Regex OperationName();
}
