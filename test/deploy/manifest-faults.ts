import { PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { DaemonSet } from 'kubernetes-models/apps/v1/DaemonSet';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { ReplicaSet } from 'kubernetes-models/apps/v1/ReplicaSet';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { CronJob } from 'kubernetes-models/batch/v1/CronJob';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { ClusterRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRole';
import { ClusterRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRoleBinding';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Pod } from 'kubernetes-models/v1/Pod';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { field } from './field.ts';
import { unknownKeys, type Validate } from './unknown-keys.ts';

// a kind that is not here is a fault: what no schema has seen is not checked
const kinds = [
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  Namespace,
  NetworkPolicy,
  Pod,
  PodMonitor,
  PrometheusRule,
  ReplicaSet,
  Service,
  ServiceAccount,
  ServiceMonitor,
  StatefulSet,
];

/**
 * What is wrong with a manifest by the schemas of Kubernetes 1.3x and the Prometheus Operator, as `POINTER: what`; keys that no schema
 * knows included. Of a `patch` only what is there is judged, not what is missing.
 */
export function manifestFaults(document: unknown, how: 'whole' | 'patch' = 'whole'): readonly string[] {
  const [apiVersion, kind] = [field(document, 'apiVersion'), field(document, 'kind')];
  const model = kinds.find((candidate) => candidate.apiVersion === apiVersion && candidate.kind === kind);
  if (model === undefined) return [`/kind: no schema for ${kind} of ${apiVersion} in test/deploy/manifest-faults.ts`];
  const validate: Validate = (data) => model.prototype.validate.call(data);
  return [...schemaFaults(document, validate, how), ...unknownKeys(document, validate).map((path) => `${path}: unknown key`)];
}

function schemaFaults(document: unknown, validate: Validate, how: 'whole' | 'patch'): readonly string[] {
  try {
    validate(document);
    return [];
  } catch (error) {
    const errors = field(error, 'errors');
    if (!Array.isArray(errors)) throw error;
    return errors
      .filter((each) => how === 'whole' || field(each, 'keyword') !== 'required')
      .map((each) => `${field(each, 'instancePath')}: ${field(each, 'message')}`);
  }
}
