using RlCore.Engines;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Models;

/// <summary>The interface of a value model for on-policy trainers.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public interface IValueModel<T>
    where T : struct, ITensor<T>
{
    /// <summary>All parameters, each once.</summary>
    IReadOnlyList<NamedParameter<T>> Parameters { get; }

    /// <summary>The value of the state before each scored token, [rows, columns]: column t depends on tokens 0 … t.</summary>
    /// <param name="batch">Sequences.</param>
    T Values(TokenBatch batch);
}
