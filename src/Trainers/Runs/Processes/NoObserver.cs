namespace RlCore.Trainers.Runs;

/// <summary>The observer of a process that another one speaks for.</summary>
internal sealed class NoObserver : IRunObserver;
