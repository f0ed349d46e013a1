namespace RlCore.Trainers.Runs;

/// <summary>An observer that says nothing: where nobody listens, and in a process that another one speaks for.</summary>
internal sealed class NoObserver : IRunObserver;
