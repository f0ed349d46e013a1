using System.Globalization;
using FsCheck;
using Microsoft.FSharp.Core;
using Xunit.Sdk;
using Xunit.v3;

namespace RlCore.Properties;

/// <summary>One law as a test: its invocation is a run of FsCheck.</summary>
public sealed class PropertyTestCase : XunitTestCase, ISelfExecutingXunitTestCase
{
    [Obsolete("For deserialisation by the test runner.")]
    public PropertyTestCase()
    {
    }

    public PropertyTestCase(
        IXunitTestMethod testMethod, string name, string id, bool isExplicit, string? skip, string? file, int? line)
        : base(testMethod, name, id, isExplicit, skipReason: skip, sourceFilePath: file, sourceLineNumber: line)
    {
    }

    public async ValueTask<RunSummary> Run(
        ExplicitOption explicitOption,
        IMessageBus messageBus,
        object?[] constructorArguments,
        ExceptionAggregator aggregator,
        CancellationTokenSource cancellationTokenSource)
    {
        IXunitTest test = (await CreateTests()).Single();
        await using var context = new XunitTestRunnerContext(
            test, messageBus, explicitOption, aggregator, cancellationTokenSource, TestMethod.BeforeAfterTestAttributes, constructorArguments);
        await context.InitializeAsync();
        return await new Runner(Configuration()).RunLaw(context);
    }

    private Config Configuration()
    {
        var attribute = (PropertyAttribute)TestMethod.FactAttributes.Single(fact => fact is PropertyAttribute);
        int wanted = int.TryParse(Environment.GetEnvironmentVariable("RLCORE_MAX_TEST"), CultureInfo.InvariantCulture, out int cases) ? cases : 0;
        Config config = Config.QuickThrowOnFailure
            .WithMaxTest(Math.Max(attribute.MaxTest, wanted))
            .WithStartSize(attribute.StartSize)
            .WithEndSize(attribute.EndSize)
            .WithQuietOnSuccess(true)
            .WithArbitrary<Type>([typeof(Domain), .. attribute.Arbitrary]);
        return attribute.Replay.Length == 0 ? config : config.WithReplay(FSharpOption<Replay>.Some(ParseReplay(attribute.Replay)));
    }

    private static Replay ParseReplay(string text)
    {
        ulong[] parts = [.. text.Trim('(', ')').Split(',').Select(part => ulong.Parse(part, CultureInfo.InvariantCulture))];
        FSharpOption<int> size = parts.Length > 2 ? FSharpOption<int>.Some((int)parts[2]) : FSharpOption<int>.None;
        return new(new(parts[0], parts[1]), size);
    }

    private sealed class Runner(Config config) : XunitTestRunnerBase<XunitTestRunnerContext, IXunitTest>
    {
        public ValueTask<RunSummary> RunLaw(XunitTestRunnerContext context) => Run(context);

        protected override async ValueTask<TimeSpan> InvokeTest(XunitTestRunnerContext ctxt, object? testClassInstance)
        {
            long start = TimeProvider.System.GetTimestamp();
            FSharpOption<object> target = testClassInstance is null ? FSharpOption<object>.None : FSharpOption<object>.Some(testClassInstance);
            ctxt.Aggregator.Run(() => Check.Method(config, ctxt.Test.TestMethod.Method, target));
            await ValueTask.CompletedTask;
            return TimeProvider.System.GetElapsedTime(start);
        }
    }
}
