/** Keeps the instance's own key material: a file below the data root, or given by the operator. */
export interface KeyStore {
  /** 32 bytes that wrap data keys and derive workload tokens. */
  instanceKey(): Promise<Uint8Array>
}
