using RlCore.Engines;

namespace RlCore.Studies.Verification;

/// <summary>Runs the laws of an engine against the reference: what the tests of the library prove, on the machine at hand.</summary>
public static class Verifier
{
    /// <summary>Verifies an engine.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="options">How much.</param>
    /// <param name="stop">Stops between laws.</param>
    /// <typeparam name="T">Its tensor.</typeparam>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static VerificationReport Run<T>(IEngine<T> engine, VerificationOptions options, CancellationToken stop)
        where T : struct, ITensor<T>
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Cases, 64);
        var bench = new Workbench<T>(engine, options);
        IEnumerable<Func<LawResult>> laws =
        [
            .. new ElementwiseLaws<T>(bench).All,
            .. new ReductionLaws<T>(bench).All,
            .. new ModelLaws<T>(bench).All,
            .. new TrainingLaws<T>(bench).All,
            .. new LossLaws<T>(bench).All,
        ];
        var results = new List<LawResult>();
        foreach (Func<LawResult> law in laws)
        {
            stop.ThrowIfCancellationRequested();
            results.Add(law());
        }

        return new VerificationReport(engine.Description, results);
    }
}

/// <summary>A verification, independent of the engine.</summary>
/// <param name="Options">How much.</param>
/// <param name="Stop">Stops between laws.</param>
public sealed record VerificationWork(VerificationOptions Options, CancellationToken Stop) : IEngineWork<VerificationReport>
{
    /// <inheritdoc/>
    public VerificationReport Run<T>(IEngine<T> engine)
        where T : struct, ITensor<T> => Verifier.Run(engine, Options, Stop);
}
