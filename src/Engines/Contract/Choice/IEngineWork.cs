namespace RlCore.Engines;

/// <summary>Work that runs on any engine.</summary>
/// <typeparam name="TResult">What comes of it.</typeparam>
public interface IEngineWork<out TResult>
{
    /// <summary>Runs the work.</summary>
    /// <param name="engine">The engine; disposed by the caller afterwards.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    TResult Run<T>(IEngine<T> engine)
        where T : struct, ITensor<T>;
}
