namespace RlCore.Trainers.Models;

/// <summary>A model whose dropout depends on the number of the pass within the step.</summary>
internal interface IPassCounter
{
    /// <summary>Number of the next pass with a gradient.</summary>
    int Passes { get; set; }
}
